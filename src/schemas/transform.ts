import { z } from 'zod';
import { ImageSize } from './image.ts';
import { NumberFormat } from './number-format.ts';

/** Numbers, or one part of a date: imputed, then (value − shift) / scale. */
const Scaling = { impute: z.number(), shift: z.number(), scale: z.number().positive() };

/** What comes round again: December stands beside January, Sunday beside Monday. */
export const Cycle = z.enum(['month', 'weekday', 'hour', 'yearday']);
export type Cycle = z.infer<typeof Cycle>;

/** A part as people count it; `days` since 1970 is linear. Of a cycle, sine and cosine of its angle. */
export const DatePart = z.enum([
  ...(['year', 'month', 'day', 'weekday', 'hour', 'days'] as const),
  ...(['month.sin', 'month.cos', 'weekday.sin', 'weekday.cos'] as const),
  ...(['hour.sin', 'hour.cos', 'yearday.sin', 'yearday.cos'] as const),
]);
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
    /** Or Yeo and Johnson's power of it with this λ: ((1 + x)^λ − 1)/λ, below 0 −((1 − x)^(2−λ) − 1)/(2−λ). */
    power: z.number().optional(),
    /** The imputed value is brought between these first. */
    clip: z.strictObject({ low: z.number(), high: z.number() }).optional(),
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
  /** A number a term, by how often it occurs and its weight; of one length, or all zeros. */
  z.strictObject({
    kind: z.literal('text'),
    column: z.string(),
    grams: TextGrams,
    terms: z.array(z.string()).min(1),
    weights: z.array(z.number()).min(1),
    /** Length of the numbers of a text together. */
    length: z.number().positive().default(1),
  }),
  /**
   * A category as the mean of the target, or the share of a class, among its training rows; drawn to
   * the mean of all. `impute` is that of all.
   */
  z.strictObject({
    kind: z.literal('target'),
    column: z.string(),
    /** Whose share it is; absent for numbers. */
    class: z.string().optional(),
    levels: z.array(z.string()),
    values: z.array(z.number()),
    missing: z.number(),
    ...Scaling,
  }),
  z.strictObject({ kind: z.literal('date'), column: z.string(), part: DatePart, ...Scaling }),
  /**
   * One-hot by `levels`, then one for rarer values if `other`, then one for a missing value if
   * `missing`. What has no place is all zeros. With `hash`, levels share places.
   */
  z.strictObject({
    kind: z.literal('categorical'),
    column: z.string(),
    levels: z.array(z.string()).min(1),
    /** How many places there are, and that of each level. */
    hash: z.strictObject({ buckets: z.int().positive(), codes: z.array(z.int()) }).optional(),
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
