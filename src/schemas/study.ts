import { z } from 'zod';
import { Candidate } from './hyperparameters.ts';
import { TrainingOutcome } from './training.ts';

/** One hyperparameter's range. */
export const Dimension = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('float'), low: z.number(), high: z.number(), log: z.boolean() }),
  z.strictObject({ kind: z.literal('int'), low: z.int(), high: z.int(), log: z.boolean() }),
  z.strictObject({ kind: z.literal('choice'), options: z.array(z.unknown()).min(1) }),
]);
export type Dimension = z.infer<typeof Dimension>;

export const SearchSpace = z.record(z.string(), Dimension);
export type SearchSpace = z.infer<typeof SearchSpace>;

/** One trial of a study: a candidate, and what came of it. */
export const Trial = z.strictObject({
  number: z.int().nonnegative(),
  candidate: Candidate,
  state: z.enum(['waiting', 'running', 'complete', 'failed']),
  outcome: TrainingOutcome.nullable(),
  /** Why it failed. */
  failure: z.string().nullable(),
});
export type Trial = z.infer<typeof Trial>;
