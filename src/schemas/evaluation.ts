import { z } from 'zod';
import { PartName } from './prepared-data.ts';
import { MetricName } from './problem.ts';

export const Interval = z.strictObject({ low: z.number(), high: z.number() });
export type Interval = z.infer<typeof Interval>;

export const ClassScores = z.strictObject({
  class: z.string(),
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
  support: z.int().nonnegative(),
});
export type ClassScores = z.infer<typeof ClassScores>;

/** Scores of one model on one part of the data, in original units. */
export const Evaluation = z.strictObject({
  schemaVersion: z.literal(1),
  part: PartName,
  rows: z.int().nonnegative(),
  metric: MetricName,
  score: z.number(),
  /** Bootstrap percentile interval of the score. */
  interval: Interval,
  confidence: z.number(),
  /** All metrics that suit the task; a metric that is undefined here is absent. */
  metrics: z.partialRecord(MetricName, z.number()),
  intervals: z.partialRecord(MetricName, Interval),
  perClass: z.array(ClassScores),
  /** Rows: true class; columns: predicted class; in the order of the problem's classes. */
  confusion: z.array(z.array(z.int())),
  /** The same metric for the trivial model (mean, or class shares) and the linear one. */
  baselines: z.array(z.strictObject({ name: z.string(), score: z.number() })),
  warnings: z.array(z.string()),
});
export type Evaluation = z.infer<typeof Evaluation>;
