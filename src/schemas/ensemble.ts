import { z } from 'zod';
import { SingleEstimatorName } from './hyperparameters.ts';

/** What came of choosing an ensemble among the models that were tried. */
export const Ensembling = z.strictObject({
  /** Models that it was chosen from. */
  considered: z.int().nonnegative(),
  /** Most weight first. */
  members: z.array(
    z.strictObject({
      estimator: SingleEstimatorName,
      /** Of 1. */
      share: z.number(),
      /** Of the member alone. */
      score: z.number().nullable(),
    }),
  ),
  /** On rows that they were not chosen by: of ensembles, and of the best models alone. */
  score: z.number().nullable(),
  singleScore: z.number().nullable(),
  kept: z.boolean(),
  reason: z.string(),
});
export type Ensembling = z.infer<typeof Ensembling>;
