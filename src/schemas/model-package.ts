import { z } from 'zod';
import { ArtifactRef, Sha256 } from './artifact.ts';
import { Evaluation } from './evaluation.ts';
import { Candidate } from './hyperparameters.ts';
import { Job } from './job.ts';
import { ModelExport } from './model-export.ts';
import { RecordLayout, TargetScale } from './prepared-data.ts';
import { Decision, Problem } from './problem.ts';
import { NumericFingerprint } from './training.ts';

/** One raw input column, as prediction requests give it. */
export const InputColumn = z.strictObject({
  name: z.string(),
  type: z.enum(['number', 'string', 'boolean', 'datetime', 'image']),
  description: z.string(),
});
export type InputColumn = z.infer<typeof InputColumn>;

/** What a model version has, whether it was trained here or elsewhere. */
export const commonPackageFields = {
  schemaVersion: z.literal(1),
  name: z.string(),
  /** Of the run, or of the import, that made it. */
  runId: z.string(),
  createdAt: z.iso.datetime(),
  problem: Problem,
  inputs: z.array(InputColumn),
  weightsHash: Sha256,
  /** Scores on the untouched test part; of an import, on the rows that it was tried out on. */
  evaluation: Evaluation,
  job: Job,
  decisions: z.array(Decision),
  dataHash: Sha256,
  seed: z.int(),
  versions: z
    .record(z.string(), z.string())
    .describe('Code and dependencies: sevenfold, node, tensorflow, …'),
  fingerprint: NumericFingerprint,
  requestedBy: z.string(),
};

/** Everything that a model version is: immutable, and enough to predict and to explain where it came from. */
export const ModelPackage = z.strictObject({
  ...commonPackageFields,
  candidate: Candidate,
  layout: RecordLayout,
  targetScale: TargetScale,
  weights: ArtifactRef,
  transform: ArtifactRef,
  /** A SelfTest, against which every export is tried out; null in packages from before there were any. */
  selfTest: ArtifactRef.nullable().default(null),
  /** The same model in other frameworks' formats, each of which was tried out. */
  exports: z.array(ModelExport).default([]),
});
export type ModelPackage = z.infer<typeof ModelPackage>;

/** A row of the model registry. */
export const ModelVersion = z.strictObject({
  model: z.string(),
  version: z.int().positive(),
  package: ArtifactRef,
  runId: z.string(),
  createdAt: z.iso.datetime(),
  metric: z.string(),
  score: z.number(),
  aliases: z.array(z.string()),
});
export type ModelVersion = z.infer<typeof ModelVersion>;
