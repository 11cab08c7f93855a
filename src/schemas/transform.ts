import { z } from 'zod';
import { ImageSize } from './image.ts';
import { NumberFormat } from './number-format.ts';

/** Numbers, or one part of a date: imputed, then (value − shift) / scale. */
const Scaling = { impute: z.number(), shift: z.number(), scale: z.number().positive() };

export const DatePart = z.enum(['year', 'month', 'day', 'weekday', 'hour', 'days']);
export type DatePart = z.infer<typeof DatePart>;

/** What a text is taken apart into: words and pairs of them, parts of words of 3 and 4 letters, or both. */
export const TextGrams = z.enum(['words', 'characters', 'both']);
export type TextGrams = z.infer<typeof TextGrams>;

/** What is done with one raw column, in the order of the model's inputs. */
export const TransformOperation = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('numeric'),
    column: z.string(),
    /** How its texts are written; absent where as programs do. */
    format: NumberFormat.optional(),
    /** sign(x)·ln(1 + |x|) of the imputed value takes its place before it is scaled. */
    log: z.literal(true).optional(),
    ...Scaling,
  }),
  /** True is 1, false 0. */
  z.strictObject({ kind: z.literal('boolean'), column: z.string(), ...Scaling }),
  /** Decoded, stretched to a size, (value − shift) / scale; a missing one is all zeros. */
  z.strictObject({
    kind: z.literal('image'),
    column: z.string(),
    ...ImageSize.shape,
    shift: z.number(),
    scale: z.number().positive(),
  }),
  /** A number a term, by how often it occurs and its weight; of length 1, or all zeros. */
  z.strictObject({
    kind: z.literal('text'),
    column: z.string(),
    grams: TextGrams,
    terms: z.array(z.string()).min(1),
    weights: z.array(z.number()).min(1),
  }),
  z.strictObject({ kind: z.literal('date'), column: z.string(), part: DatePart, ...Scaling }),
  /**
   * One-hot by `levels`, then one for rarer values if `other`, then one for a missing value if
   * `missing`. What has no place is all zeros.
   */
  z.strictObject({
    kind: z.literal('categorical'),
    column: z.string(),
    levels: z.array(z.string()).min(1),
    other: z.boolean(),
    missing: z.boolean(),
  }),
]);
export type TransformOperation = z.infer<typeof TransformOperation>;

/** A fitted transform: part of the model, and all that raw records need to become inputs. */
export const Transform = z.strictObject({
  schemaVersion: z.literal(1),
  /** Tokens that mean "missing", beside the usual ones. */
  missing: z.array(z.string()),
  operations: z.array(TransformOperation).min(1),
});
export type Transform = z.infer<typeof Transform>;
