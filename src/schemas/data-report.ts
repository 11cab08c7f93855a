import { z } from 'zod';
import { ImageReport } from './image.ts';
import { ColumnType } from './job.ts';

/** What was found in one column of the training rows, what was done with it, and why. */
export const ColumnReport = z.strictObject({
  name: z.string(),
  type: z.enum([...ColumnType.options, 'constant', 'empty', 'target', 'split']),
  typeReason: z.string(),
  missing: z.int().nonnegative(),
  /** Distinct values seen, counted up to a limit; `distinctIsExact` says whether it was reached. */
  distinct: z.int().nonnegative(),
  distinctIsExact: z.boolean(),
  numeric: z
    .strictObject({
      min: z.number(),
      max: z.number(),
      mean: z.number(),
      std: z.number(),
      median: z.number(),
    })
    .nullable(),
  /** Most frequent values, most frequent first. */
  top: z.array(z.strictObject({ value: z.string(), count: z.int() })),
  /** What the model gets of it, in words: `median-imputed (3 rows), standardised`. */
  action: z.string(),
  used: z.boolean(),
});
export type ColumnReport = z.infer<typeof ColumnReport>;

export const DataReport = z.strictObject({
  schemaVersion: z.literal(1),
  source: z.strictObject({ path: z.string(), format: z.string(), bytes: z.int(), rows: z.int() }),
  rows: z.strictObject({ fit: z.int(), validation: z.int(), test: z.int() }),
  dropped: z.strictObject({ duplicates: z.int(), missingTarget: z.int() }),
  columns: z.array(ColumnReport),
  /** Absent where there are no images. */
  images: ImageReport.optional(),
  /** Loud ones first: leaks, repeated test rows, how a file and its numbers are read, identifiers. */
  warnings: z.array(z.string()),
});
export type DataReport = z.infer<typeof DataReport>;
