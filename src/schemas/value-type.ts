import { z } from 'zod';

/**
 * What a value is, in a few words of JSON: `number`, `string[]`, `{ list: … }`, `{ object: … }` (a key
 * that ends in `?` may be missing), `{ oneOf: ["a", "b"] }`, `{ anyOf: [ … ] }`. `file` is a path whose
 * content counts, `artifact` a reference into the store. A capitalised name, such as `Preprocessed`,
 * is what built-in steps hand to each other.
 */
export const ValueType: z.ZodType<ValueType> = z.lazy(() =>
  z.union([
    z
      .string()
      .regex(
        /^(any|null|string|number|integer|boolean|object|list|file|artifact|[A-Z][A-Za-z]*)(\[\])*$/,
      ),
    z.strictObject({ list: ValueType }),
    z.strictObject({ object: z.record(z.string(), ValueType) }),
    z.strictObject({ oneOf: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1) }),
    z.strictObject({ anyOf: z.array(ValueType).min(1) }),
  ]),
);
export type ValueType =
  | string
  | { list: ValueType }
  | { object: Record<string, ValueType> }
  | { oneOf: (string | number | boolean)[] }
  | { anyOf: ValueType[] };
