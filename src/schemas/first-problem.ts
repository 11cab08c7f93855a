import { z } from 'zod';
import type { InputProblem } from '../errors.ts';
import { nearestName } from '../nearest.ts';

type Issue = z.core.$ZodIssue;

/** Turns the first of zod's complaints that counts into field, value, expectation and remedy. */
export function firstProblem(
  { issues }: z.ZodError,
  schema: z.ZodType,
  input: unknown,
): InputProblem {
  // A misspelt key explains why another one is missing.
  const issue = issues.find((each) => isMisspelling(each, schema, input)) ?? issues[0];
  if (issue === undefined) throw new Error('There is no issue to describe.');
  const field = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') return unknownKey(issue, schema, input);
  const value = valueAt(input, issue.path);
  const problem = { code: 'InvalidJob', field: field === '' ? 'job' : field, value };
  if (issue.code === 'invalid_value') {
    return { ...problem, expected: oneOf(issue.values), remedy: suggest(value, issue.values) };
  }
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    const options = discriminatorOptions(schema, issue);
    return {
      ...problem,
      expected: options.length === 0 ? 'a known kind' : oneOf(options),
      remedy: suggest(value, options),
    };
  }
  if (value === undefined) {
    return { ...problem, expected: expectation(issue), remedy: `Add '${field}' to the job.` };
  }
  return { ...problem, expected: expectation(issue), remedy: `Change '${field}'.` };
}

const isMisspelling = (issue: Issue, schema: z.ZodType, input: unknown): boolean =>
  issue.code === 'unrecognized_keys' &&
  nearestName(issue.keys[0] ?? '', keysAt(schema, issue.path, input)) !== undefined;

function unknownKey(
  { keys, path }: Extract<Issue, { code: 'unrecognized_keys' }>,
  schema: z.ZodType,
  input: unknown,
): InputProblem {
  const key = keys[0] ?? '';
  const known = keysAt(schema, path, input);
  const nearest = nearestName(key, known);
  return {
    code: 'UnknownKey',
    field: [...path.map(String), key].join('.'),
    value: key,
    expected: known.length === 0 ? 'a known key' : `one of the keys ${known.join(', ')}`,
    remedy: nearest === undefined ? `Remove '${key}'.` : `Did you mean '${nearest}'?`,
  };
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `a value of type ${issue.expected}`;
    case 'too_small':
      if (issue.origin === 'array') return `a list of at least ${issue.minimum}`;
      return issue.origin === 'string'
        ? 'a longer text'
        : `a number ${issue.inclusive === false ? 'above' : 'of at least'} ${issue.minimum}`;
    case 'too_big':
      return `a number ${issue.inclusive === false ? 'below' : 'of at most'} ${issue.maximum}`;
    case 'invalid_format':
      return `text that matches ${issue.pattern ?? issue.format}`;
    default:
      return issue.message;
  }
}

/** Keys of the object schema at a path; for a union, those of the member that the input names. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[], input: unknown): string[] {
  let current = unwrap(schema, input);
  let value = input;
  for (const part of path) {
    value = valueAt(value, [part]);
    const next = memberOf(current, part);
    if (next === undefined) return [];
    current = unwrap(next, value);
  }
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}

/** The schema of one member of an object, a list or a record. */
function memberOf(schema: z.ZodType, part: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[String(part)] as z.ZodType | undefined;
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  return schema instanceof z.ZodRecord ? (schema.valueType as z.ZodType) : undefined;
}

/** The schema inside of defaults and options; of a discriminated union, the member that is meant. */
function unwrap(schema: z.ZodType, value: unknown): z.ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodLazy
  ) {
    return unwrap(schema.unwrap() as z.ZodType, value);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const key = schema.def.discriminator;
    const member = schema.options.find(
      (option) =>
        option instanceof z.ZodObject &&
        (option.shape[key] as z.ZodType).safeParse(valueAt(value, [key])).success,
    );
    return (member as z.ZodType | undefined) ?? schema;
  }
  return schema;
}

function discriminatorOptions(schema: z.ZodType, { path }: Issue): string[] {
  let current: z.ZodType = unwrap(schema, undefined);
  for (const part of path.slice(0, -1)) {
    if (!(current instanceof z.ZodObject)) return [];
    current = unwrap(current.shape[String(part)] as z.ZodType, undefined);
  }
  if (!(current instanceof z.ZodDiscriminatedUnion)) return [];
  const key = current.def.discriminator;
  return current.options.flatMap((option) =>
    option instanceof z.ZodObject && option.shape[key] instanceof z.ZodLiteral
      ? [...option.shape[key].values].map(String)
      : [],
  );
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    value =
      typeof value === 'object' && value !== null
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined;
  }
  return value;
}

const oneOf = (values: readonly unknown[]): string =>
  values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(', ')}`;

function suggest(value: unknown, options: readonly unknown[]): string {
  const nearest = typeof value === 'string' && nearestName(value, options.map(String));
  return typeof nearest === 'string' ? `Did you mean '${nearest}'?` : 'Choose one of these.';
}
