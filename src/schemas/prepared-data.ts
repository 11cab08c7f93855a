import { z } from 'zod';
import { ArtifactRef, Sha256 } from './artifact.ts';
import { ImageSize } from './image.ts';
import { Decision, Problem } from './problem.ts';

/**
 * How one row lies in a shard, little-endian, fixed width, in this order:
 * `numeric` float32 values, `categories.length` int32 codes, one float64 target.
 * The target is in original units, or the index of the class; NaN where it is unknown.
 */
export const RecordLayout = z.strictObject({
  numeric: z.int().nonnegative(),
  /** Size of each one-hot block; code −1 encodes as all zeros. */
  categories: z.array(z.int().positive()),
  /** What stands in a dense batch for a missing number, NaN in the record; pixels are left out. */
  imputed: z.array(z.number()),
  /** The first numerics of each row are the pixels of an image. */
  image: ImageSize.optional(),
  /** The last so many numerics of each row are the terms of free texts, from 0 on; absent where there are none. */
  terms: z.int().positive().optional(),
});
export type RecordLayout = z.infer<typeof RecordLayout>;

/**
 * Models see (target − shift) / scale, after log1p when `log` is set, or after Yeo and Johnson's power
 * with λ = `power` between 0 and 2; predictions are inverted.
 */
export const TargetScale = z.strictObject({
  log: z.boolean(),
  power: z.number().positive().lt(2).optional(),
  shift: z.number(),
  scale: z.number().positive(),
});
export type TargetScale = z.infer<typeof TargetScale>;

export const PartName = z.enum(['fit', 'validation', 'test']);
export type PartName = z.infer<typeof PartName>;

export const PreparedPart = z.strictObject({
  rows: z.int().nonnegative(),
  shards: z.array(z.strictObject({ artifact: ArtifactRef, rows: z.int().positive() })),
});
export type PreparedPart = z.infer<typeof PreparedPart>;

/** What preprocess leaves behind: everything that later steps read of the data. */
export const PreparedData = z.strictObject({
  schemaVersion: z.literal(1),
  problem: Problem,
  decisions: z.array(Decision),
  layout: RecordLayout,
  targetScale: TargetScale,
  /** Name of each model input, in the order of the dense batch: `age`, `sex=female`, … */
  featureNames: z.array(z.string()),
  transform: ArtifactRef,
  /** `fit` and `validation` are the training rows; `test` is read by evaluate alone. */
  parts: z.strictObject({ fit: PreparedPart, validation: PreparedPart, test: PreparedPart }),
  /**
   * Folds of the training rows; null where the one validation part is enough. It is fold 0, and `fit`
   * holds the fold of each row of the fit part, a byte each. So many of them validate, each model of
   * all others, or of those after it where they are ordered (the later, the earlier in time).
   */
  folds: z
    .strictObject({ count: z.int().min(2), ordered: z.boolean(), fit: ArtifactRef })
    .nullable()
    .default(null),
  /** Rows of each class in fit plus validation, in the order of `problem.classes`; empty for regression. */
  classCounts: z.array(z.int().nonnegative()),
  report: ArtifactRef,
  /** The rows of a query, as they were read; absent where files were. */
  rows: ArtifactRef.optional(),
  /** SHA-256 over the bytes of the source's files, or of the rows of a query. */
  dataHash: Sha256,
});
export type PreparedData = z.infer<typeof PreparedData>;
