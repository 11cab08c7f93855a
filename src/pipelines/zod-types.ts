import { z } from 'zod';
import { ArtifactRef } from '../schemas/artifact.ts';
import type { ValueType } from '../schemas/value-type.ts';
import { canonicalType } from './type-fit.ts';

const MARK = 'sevenfoldType';

/** A path whose content counts: it is a part of the step's key. */
export const file = () => z.string().meta({ [MARK]: 'file' });

/** A reference into the artifact store; steps find the bytes by `context.path`. */
export const artifact = () => ArtifactRef.meta({ [MARK]: 'artifact' });

interface JsonSchema {
  readonly [MARK]?: ValueType;
  readonly type?: string;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly (string | number | boolean)[];
  readonly const?: string | number | boolean;
  readonly anyOf?: readonly JsonSchema[];
}

/** Names and types of an object schema's fields; those that may be left out end in `?`. */
export function fieldTypes(schema: z.ZodObject, io: 'input' | 'output'): Record<string, ValueType> {
  const type = typeOf(z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema);
  return typeof type === 'object' && 'object' in type ? type.object : {};
}

/** The type of the values that a zod schema takes. */
export const valueTypeOf = (schema: z.ZodType): ValueType =>
  canonicalType(
    typeOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema),
  );

function typeOf(schema: JsonSchema): ValueType {
  if (schema[MARK] !== undefined) return schema[MARK];
  if (schema.const !== undefined) return { oneOf: [schema.const] };
  if (schema.enum !== undefined) return { oneOf: [...schema.enum] };
  if (schema.anyOf !== undefined) return { anyOf: schema.anyOf.map(typeOf) };
  switch (schema.type) {
    case 'array':
      return canonicalType({ list: schema.items === undefined ? 'any' : typeOf(schema.items) });
    case 'object': {
      const { properties, required = [] } = schema;
      if (properties === undefined) return 'object';
      const fields = Object.entries(properties).map(([name, each]): [string, ValueType] => [
        required.includes(name) ? name : `${name}?`,
        typeOf(each),
      ]);
      return { object: Object.fromEntries(fields) };
    }
    case undefined:
      return 'any';
    default:
      return schema.type;
  }
}
