import type { Reference } from '../schemas/pipeline.ts';

/** What a lookup finds at the first part of a place: a value, or why there is none. */
export type Found = { readonly there: true; readonly value: unknown } | { readonly there: false };

/** Whether a value is a reference rather than what it looks like. */
export function isReference(value: unknown): value is Reference {
  if (typeof value !== 'object' || value === null || !('$from' in value)) return false;
  const keys = Object.keys(value);
  return keys.every((key) => key === '$from' || key === 'default');
}

/** The places that a reference names, in the order in which they are tried. */
export const placesOf = ({ $from }: Reference): readonly string[] =>
  typeof $from === 'string' ? [$from] : $from;

/** Every reference in a value, with the path at which it stands. */
export function* referencesIn(
  value: unknown,
  path = '',
): Generator<{ readonly reference: Reference; readonly path: string }> {
  if (isReference(value)) {
    yield { reference: value, path };
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, nested] of Object.entries(value)) {
    yield* referencesIn(nested, path === '' ? key : `${path}.${key}`);
  }
}

/** Ids of the steps that a value refers to. */
export const stepsIn = (value: unknown): string[] => [
  ...new Set(
    [...referencesIn(value)].flatMap(({ reference }) =>
      placesOf(reference).flatMap((place) => {
        const [root, step] = place.split('.');
        return root === 'steps' && step !== undefined ? [step] : [];
      }),
    ),
  ),
];

/** The value at a path below another one. */
export function valueAt(value: unknown, path: readonly string[]): Found {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) {
      return { there: false };
    }
    current = (current as Record<string, unknown>)[part];
  }
  return current === undefined ? { there: false } : { there: true, value: current };
}

/** A value with its references replaced; `missing` is the first that points to nothing. */
export type Resolved =
  | { readonly value: unknown; readonly missing?: undefined }
  | { readonly value?: undefined; readonly missing: string };

/** Replaces references by what `lookup` finds at their places. */
export function resolve(value: unknown, lookup: (place: string) => Found): Resolved {
  if (isReference(value)) {
    for (const place of placesOf(value)) {
      const found = lookup(place);
      if (found.there) return { value: found.value };
    }
    if ('default' in value) return { value: value.default };
    return { missing: placesOf(value).join(' or ') };
  }
  if (typeof value !== 'object' || value === null) return { value };
  const entries: [string, unknown][] = [];
  for (const [key, nested] of Object.entries(value)) {
    const resolved = resolve(nested, lookup);
    if (resolved.missing !== undefined) return resolved;
    entries.push([key, resolved.value]);
  }
  return {
    value: Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries),
  };
}
