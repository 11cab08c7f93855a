import { z } from 'zod';

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
