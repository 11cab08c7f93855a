import { z } from 'zod';
import { Calibration } from './problem.ts';

/** How a classifier decides between its classes, chosen for the metric. */
export const Deciding = z.strictObject({
  /** Of each class: the largest weighted probability is decided for. */
  weights: z.array(z.number().positive()),
  /** On rows that they were not chosen by: with weights, and by the likeliest class. */
  score: z.number(),
  plainScore: z.number(),
  kept: z.boolean(),
  reason: z.string(),
});
export type Deciding = z.infer<typeof Deciding>;

/** How a classifier's probabilities were mended, by rows that it was not trained on. */
export const Calibrating = z.strictObject({
  map: Calibration,
  /** On rows that the map was not fitted on: with a map, and as the model says. */
  logLoss: z.number(),
  plainLogLoss: z.number(),
  kept: z.boolean(),
  reason: z.string(),
});
export type Calibrating = z.infer<typeof Calibrating>;
