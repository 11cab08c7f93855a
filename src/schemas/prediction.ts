import { z } from 'zod';
import { InputColumn } from './model-package.ts';
import { Problem } from './problem.ts';

/** Records of one request. */
export const MOST_INSTANCES = 10_000;

/** One raw record: column → value; numbers, text, booleans, or null for missing. */
export const RawRecord = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
);
export type RawRecord = z.infer<typeof RawRecord>;

export const PredictRequest = z.strictObject({
  /** One record, or many. */
  instances: z.union([RawRecord, z.array(RawRecord).min(1).max(MOST_INSTANCES)]),
});
export type PredictRequest = z.infer<typeof PredictRequest>;

export const PredictResponse = z.strictObject({
  model: z.string(),
  version: z.int().positive(),
  /** In the order of the instances. */
  predictions: z.array(
    z.strictObject({
      prediction: z.union([z.number(), z.string()]),
      probabilities: z.record(z.string(), z.number()).optional(),
    }),
  ),
  /** What was imputed, ignored or unseen. */
  warnings: z.array(z.string()).optional(),
});
export type PredictResponse = z.infer<typeof PredictResponse>;

/** A model version as the server describes it. */
export const ModelMetadata = z.strictObject({
  model: z.string(),
  version: z.int().positive(),
  aliases: z.array(z.string()),
  createdAt: z.iso.datetime(),
  problem: Problem,
  estimator: z.string(),
  inputs: z.array(InputColumn),
  score: z.number(),
  interval: z.strictObject({ low: z.number(), high: z.number() }),
  metrics: z.record(z.string(), z.number()),
  weightsHash: z.string(),
  dataHash: z.string(),
  runId: z.string(),
  /** Path of the page that tells of the run; null where the model was imported. */
  report: z.string().nullable(),
});
export type ModelMetadata = z.infer<typeof ModelMetadata>;

/** RFC 9457, with the fields of an input problem. */
export const ProblemDetails = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  field: z.string().optional(),
  value: z.unknown().optional(),
  expected: z.string().optional(),
  remedy: z.string().optional(),
});
export type ProblemDetails = z.infer<typeof ProblemDetails>;
