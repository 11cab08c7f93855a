import { InputError } from '../errors.ts';
import type { Http } from '../schemas/pipeline.ts';

/** Names of the inputs that stand in a URL. */
export const placeholdersIn = (url: string): string[] =>
  [...url.matchAll(PLACEHOLDER)].map(([, name]) => name as string);

/** Whether a request of this kind has a body; else its inputs go into the query. */
export const hasBody = ({ method }: Pick<Http, 'method'>): boolean =>
  method !== 'GET' && method !== 'DELETE';

/**
 * The request that a step's inputs make: those that the URL names go there, percent-encoded; the
 * others are the JSON body, or the query where there is none.
 */
export function buildCall(
  http: Pick<Http, 'method' | 'url'>,
  inputs: Readonly<Record<string, unknown>>,
): { readonly url: string; readonly body: string | null } {
  const inUrl = placeholdersIn(http.url);
  const url = new URL(
    http.url.replaceAll(PLACEHOLDER, (_, name: string) =>
      encodeURIComponent(scalar(name, inputs[name])),
    ),
  );
  const rest = Object.entries(inputs).filter(([name]) => !inUrl.includes(name));
  if (hasBody(http)) return { url: url.href, body: JSON.stringify(Object.fromEntries(rest)) };
  for (const [name, value] of rest) url.searchParams.append(name, scalar(name, value));
  return { url: url.href, body: null };
}

const PLACEHOLDER = /\{([A-Za-z_][\w-]*)\}/g;

function scalar(name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  throw new InputError({
    ...{ code: 'WrongType', field: `with.${name}`, value },
    expected: 'a text, a number or a boolean, because it stands in the URL',
    remedy: 'Send it in the body of a POST instead.',
  });
}
