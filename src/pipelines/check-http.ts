import type { InputProblem } from '../errors.ts';
import type { Step } from '../schemas/pipeline.ts';
import type { ValueType } from '../schemas/value-type.ts';
import { hasBody, placeholdersIn } from './build-call.ts';

/** What Sevenfold itself says in a request, and what belongs to the connection. */
const RESERVED =
  /^(idempotency-key|webhook-.*|sevenfold-.*|host|content-length|transfer-encoding|connection|expect|upgrade|keep-alive|te|trailer)$/i;

const SCALAR: ValueType = { anyOf: ['string', 'number', 'boolean'] };

/** What an input has to be because of the place where its request says it; any where that may be anything. */
export function typeInCall({ http }: Step, name: string): ValueType {
  if (http === undefined) return 'any';
  return !hasBody(http) || placeholdersIn(http.url).includes(name) ? SCALAR : 'any';
}

/** What is wrong with a step's request, as far as the graph alone can tell. */
export function checkHttp(step: Step, path: string): InputProblem[] {
  const { http } = step;
  if (http === undefined) return [];
  const { url, headers, secrets } = http;
  const at = `${path}.http`;
  const names = Object.keys(secrets);
  return [
    ...(URL.canParse(url.replaceAll(/[{}]/g, '')) ? [] : [noUrl(`${at}.url`, url)]),
    ...placeholdersIn(url)
      .filter((name) => !Object.hasOwn(step.with, name))
      .map((name) => missing(`${path}.with.${name}`, name)),
    ...Object.keys(headers)
      .filter((name) => RESERVED.test(name))
      .map((name) => reserved(`${at}.headers.${name}`, name)),
    ...Object.entries(headers).flatMap(([header, value]) =>
      [...value.matchAll(/\$\{([^}]*)\}/g)]
        .map(([, name]) => name as string)
        .filter((name) => !names.includes(name))
        .map((name) => noSecret(`${at}.headers.${header}`, name, names)),
    ),
    ...Object.entries(step.output ?? {})
      .filter(([, type]) => JSON.stringify(type).includes('"artifact'))
      .map(([name]) => noArtifact(`${path}.output.${name}`)),
  ];
}

const problem = (
  code: string,
  field: string,
  value: unknown,
  expected: string,
  remedy: string,
): InputProblem => ({ code, field, value, expected, remedy });

const noUrl = (field: string, url: string): InputProblem =>
  problem('InvalidUrl', field, url, 'an http or https URL', 'Write it out, as a browser takes it.');

const missing = (field: string, name: string): InputProblem => {
  const remedy = `The URL names it: add it to 'with'.`;
  return problem('MissingInput', field, undefined, `an input '${name}'`, remedy);
};

const reserved = (field: string, name: string): InputProblem => {
  const remedy = 'Remove it: Sevenfold or the connection says it by itself.';
  return problem('ReservedHeader', field, name, 'a header of your own', remedy);
};

function noSecret(field: string, name: string, names: readonly string[]): InputProblem {
  const expected = names.length === 0 ? 'a declared secret' : `one of ${names.join(', ')}`;
  const remedy = `Declare it: 'secrets: { ${name || 'NAME'}: env:… }'.`;
  return problem('UnknownSecret', field, name, expected, remedy);
}

const noArtifact = (field: string): InputProblem => {
  const remedy =
    'Have the other system give a URL or the values, and let a step of yours fetch it.';
  return problem('WrongType', field, 'artifact', 'what JSON holds', remedy);
};
