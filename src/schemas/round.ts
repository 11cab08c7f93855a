import { z } from 'zod';
import { Candidate } from './hyperparameters.ts';

export const Diagnosis = z.enum([
  'diverging',
  'noisy',
  'under-fitting',
  'over-fitting',
  'unfinished',
  'well-fitted',
]);
export type Diagnosis = z.infer<typeof Diagnosis>;

/** What the optimise step reads from validation results, and does about it. */
export const Prescription = z.strictObject({
  diagnosis: Diagnosis,
  /** The figures that led to it, in words. */
  evidence: z.string(),
  /** What is changed, in words; null when there is nothing left to try. */
  action: z.string().nullable(),
  candidate: Candidate.nullable(),
});
export type Prescription = z.infer<typeof Prescription>;

export const Round = z.strictObject({
  number: z.int().positive(),
  prescription: Prescription,
  scoreBefore: z.number().nullable(),
  scoreAfter: z.number().nullable(),
  kept: z.boolean(),
  /** Of training. */
  seconds: z.number().nonnegative(),
});
export type Round = z.infer<typeof Round>;
