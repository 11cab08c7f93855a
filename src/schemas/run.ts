import { z } from 'zod';
import { ArtifactRef } from './artifact.ts';
import { Extension } from './extension.ts';
import { Job } from './job.ts';
import { Pipeline } from './pipeline.ts';

export const StepStatus = z.enum(['waiting', 'running', 'completed', 'failed', 'skipped']);
export type StepStatus = z.infer<typeof StepStatus>;

/** What one step of a run was given and gave. */
export const StepRecord = z.strictObject({
  schemaVersion: z.literal(1),
  id: z.string(),
  uses: z.string(),
  /** Step code version + resolved parameters + input hashes + numeric fingerprint. */
  key: z.string(),
  status: StepStatus,
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  inputs: z.record(z.string(), z.unknown()),
  outputs: z.record(z.string(), z.unknown()),
  failure: z.string().nullable(),
  /** The run that did this step; null where it was this one. */
  reusedFrom: z.string().nullable().default(null),
  /** `hit`, or why its outputs were not found in the cache; null where nobody looked. */
  cache: z.string().nullable().default(null),
});
export type StepRecord = z.infer<typeof StepRecord>;

/** How a run ended. */
export const RunEnd = z.strictObject({
  status: z.enum(['completed', 'failed', 'stopped', 'cancelled']),
  at: z.iso.datetime(),
});
export type RunEnd = z.infer<typeof RunEnd>;

/** The run that another one repeats, and the first step that is done anew. */
export const RerunOf = z.strictObject({ runId: z.string(), from: z.string() });
export type RerunOf = z.infer<typeof RerunOf>;

/** The head of a run's record in the store; step records lie beside it. */
export const RunManifest = z.strictObject({
  schemaVersion: z.literal(1),
  runId: z.string(),
  workflowId: z.string(),
  requestedBy: z.string(),
  startedAt: z.iso.datetime(),
  code: z.record(z.string(), z.string()),
  /** Null for a graph that is not the lifecycle. */
  job: Job.nullable(),
  /** Of such a graph. */
  inputs: z.record(z.string(), z.unknown()).default({}),
  plan: Pipeline,
  /** Null while it is under way, and for good where it was terminated: nobody is left to say so. */
  end: RunEnd.nullable().default(null),
  /** Null for a run from the start. */
  rerunOf: RerunOf.nullable().default(null),
  /** Larger totals that it was given while it went on. */
  extensions: z.array(Extension).default([]),
});
export type RunManifest = z.infer<typeof RunManifest>;

/** What a lifecycle run returns. */
export const LifecycleResult = z.strictObject({
  schemaVersion: z.literal(1),
  runId: z.string(),
  model: z.string(),
  /** Null when the job says not to register. */
  version: z.int().positive().nullable(),
  alias: z.string().nullable(),
  task: z.string(),
  estimator: z.string(),
  metric: z.string(),
  /** On the untouched test part. */
  score: z.number(),
  interval: z.strictObject({ low: z.number(), high: z.number() }),
  metrics: z.record(z.string(), z.number()),
  validationScore: z.number().nullable(),
  trials: z.int(),
  rounds: z.int(),
  weightsHash: z.string(),
  transformHash: z.string(),
  package: ArtifactRef,
  report: ArtifactRef,
  reportJson: ArtifactRef,
  reportHtml: ArtifactRef,
  seconds: z.number(),
});
export type LifecycleResult = z.infer<typeof LifecycleResult>;
