import type { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** One field that can be set, as a row of a table. */
export interface FieldRow {
  /** From the section's own block: `text.terms`. */
  readonly path: string;
  readonly type: string;
  /** Texts as they are, all else as JSON; null where there is none. */
  readonly default: string | null;
  readonly required: boolean;
  readonly description: string;
}

/** The fields of an object, those of objects in it after it; of one of several kinds, each kind and then their fields. */
export function fieldRows(schema: JsonSchema, prefix = ''): FieldRow[] {
  const kinds = kindsOf(schema);
  if (kinds.length > 0) return [...kinds.map(kindRow(prefix)), ...fieldsOfKinds(kinds, prefix)];
  return propertiesOf(schema).flatMap(([name, field]) => [
    rowOf(`${prefix}${name}`, field, schema.required?.includes(name) === true),
    ...fieldRows(field, `${prefix}${name}.`),
  ]);
}

/** Those of an object, or of the objects that something else may be in place of. */
export const propertiesOf = ({ properties, anyOf = [] }: JsonSchema): [string, JsonSchema][] =>
  properties === undefined
    ? anyOf.flatMap(propertiesOf)
    : (Object.entries(properties) as [string, JsonSchema][]);

/** Whether it is nothing but fields. */
export const isBlock = (schema: JsonSchema): boolean =>
  schema.properties !== undefined || kindsOf(schema).length > 0;

function rowOf(path: string, schema: JsonSchema, required: boolean): FieldRow {
  const { default: value, description = '' } = schema;
  // An object without fields of its own in it has those of its fields.
  const hasDefault = value !== undefined && JSON.stringify(value) !== '{}';
  return {
    ...{ path, required, description, type: describeType(schema) },
    default: hasDefault ? (typeof value === 'string' ? value : JSON.stringify(value)) : null,
  };
}

interface Kind {
  readonly name: string;
  readonly schema: JsonSchema;
}

const kindField = ({ properties }: JsonSchema) => properties?.['kind'] as JsonSchema | undefined;

/** Members of a union that a field `kind` tells apart. */
function kindsOf({ oneOf = [] }: JsonSchema): Kind[] {
  return oneOf.flatMap((schema) => {
    const name = kindField(schema)?.const;
    return typeof name === 'string' ? [{ name, schema }] : [];
  });
}

const kindRow =
  (prefix: string) =>
  ({ name, schema }: Kind): FieldRow => ({
    ...{ path: `${prefix}kind`, type: `\`${name}\``, default: null, required: false },
    description: kindField(schema)?.description ?? '',
  });

/** What several kinds have in common is told once. */
function fieldsOfKinds(kinds: readonly Kind[], prefix: string): FieldRow[] {
  const rows = new Map<string, { row: FieldRow; names: string[] }>();
  for (const { name, schema } of kinds) {
    for (const row of fieldRows(schema, prefix)) {
      if (row.path === `${prefix}kind`) continue;
      const key = JSON.stringify(row);
      const known = rows.get(key) ?? { row, names: [] };
      known.names.push(name);
      rows.set(key, known);
    }
  }
  return [...rows.values()].map(({ row, names }) => ({
    ...row,
    description: `With ${names.map((name) => `\`${name}\``).join(', ')}. ${row.description}`,
  }));
}

/** What a longer one says is better read in a description. */
const LONGEST_PATTERN = 40;

/** A type as people say it. */
function describeType(schema: JsonSchema): string {
  const { const: value, enum: values, anyOf, oneOf, type, items, pattern } = schema;
  if (value !== undefined) return `\`${JSON.stringify(value)}\``;
  if (values !== undefined) return values.map((each) => `\`${String(each)}\``).join(' · ');
  if (kindsOf(schema).length > 0) return 'one of the kinds below';
  // What has one member besides a type has only conditions there.
  const members = Array.isArray(type) ? type.map((each) => ({ type: each })) : (anyOf ?? oneOf);
  if (members !== undefined && typeof type !== 'string') {
    return (members as JsonSchema[]).map(describeType).join(' or ');
  }
  switch (type) {
    case 'array':
      return `list: ${describeType((items ?? {}) as JsonSchema)}`;
    case 'object':
      return describeObject(schema);
    case 'integer':
    case 'number':
      return describeNumber(schema);
    case 'string':
      return pattern === undefined || pattern.length > LONGEST_PATTERN
        ? 'text'
        : `text like \`${pattern}\``;
    case 'boolean':
      return '`true` · `false`';
    case 'null':
      return '`null`';
    default:
      return 'anything';
  }
}

function describeObject(schema: JsonSchema): string {
  const names = propertiesOf(schema).map(([name]) => name);
  if (names.length > 0) return `{ ${names.join(', ')} }`;
  const { additionalProperties: each } = schema;
  return typeof each === 'object' ? `by name: ${describeType(each)}` : 'none';
}

function describeNumber(schema: JsonSchema): string {
  const { type, minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  const bounds = [
    above === undefined ? '' : `above ${above}`,
    minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? '' : `from ${minimum}`,
    below === undefined ? '' : `below ${below}`,
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : `to ${maximum}`,
  ];
  return [type === 'integer' ? 'whole number' : 'number', ...bounds].filter(Boolean).join(' ');
}
