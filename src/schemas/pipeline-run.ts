import { z } from 'zod';
import { ArtifactRef } from './artifact.ts';
import { CacheMode, Priority } from './pipeline.ts';
import { StepStatus } from './run.ts';

/** What the workflow `pipeline` takes: `{ "pipeline": "churn", "inputs": { … } }` is a whole one. */
export const PipelineRequest = z.strictObject({
  pipeline: z.unknown().describe('A graph, or the name of one that lies with the workers.'),
  inputs: z.record(z.string(), z.unknown()).default({}),
  cache: CacheMode.optional().describe('Overrides what the graph and its steps say.'),
  priority: Priority.optional(),
  team: z.string().min(1).max(64).optional(),
});
export type PipelineRequest = z.input<typeof PipelineRequest>;

/** What a run was asked for, as it was read: what the Update `attach` answers. */
export const AskedPipeline = z.strictObject({
  pipeline: z.string(),
  hash: z.string(),
  inputs: z.record(z.string(), z.unknown()).describe('With their defaults.'),
  options: z.strictObject({
    cache: CacheMode.nullable(),
    priority: Priority,
    team: z.string().nullable(),
  }),
});
export type AskedPipeline = z.infer<typeof AskedPipeline>;

/** What a run has cost so far. */
export const Usage = z.strictObject({
  /** Seconds of work, of all steps together. */
  seconds: z.number(),
  gpuSeconds: z.number(),
  /** At the budget's prices; 0 where there are none. */
  money: z.number(),
  trials: z.int(),
});
export type Usage = z.infer<typeof Usage>;

/** One step of a run, for programs. */
export const PipelineStepState = z.strictObject({
  id: z.string(),
  uses: z.string(),
  title: z.string(),
  status: StepStatus,
  /** Why it failed or was skipped; else what it is doing, or has come to. */
  note: z.string(),
  startedAtMs: z.number().nullable(),
  finishedAtMs: z.number().nullable(),
  /** Items, parts or iterations; one where it is done once. */
  tasks: z.strictObject({ total: z.int(), running: z.int(), completed: z.int(), failed: z.int() }),
  /** `hit`, or why not; null where nothing was looked for. */
  cache: z.string().nullable(),
});
export type PipelineStepState = z.infer<typeof PipelineStepState>;

/** A question that a run waits for an answer to. */
export const OpenApproval = z.strictObject({
  step: z.string(),
  question: z.string(),
  details: z.unknown(),
  approvers: z.array(z.string()).nullable(),
  deadlineMs: z.number().nullable(),
});
export type OpenApproval = z.infer<typeof OpenApproval>;

/** An answer to it. */
export const Decision = z.strictObject({
  step: z.string(),
  decision: z.enum(['approve', 'reject']),
  by: z.string(),
  why: z.string(),
});
export type Decision = z.infer<typeof Decision>;

/** What the query `pipelineState` answers. */
export const PipelineState = z.strictObject({
  runId: z.string(),
  pipeline: z.string(),
  hash: z.string(),
  status: z.enum(['running', 'paused', 'completed', 'failed', 'stopped', 'cancelled']),
  steps: z.array(PipelineStepState),
  approvals: z.array(OpenApproval),
  usage: Usage,
});
export type PipelineState = z.infer<typeof PipelineState>;

/** What a pipeline run returns. */
export const PipelineResult = z.strictObject({
  schemaVersion: z.literal(1),
  runId: z.string(),
  pipeline: z.string(),
  hash: z.string(),
  /** `stopped` by its budget, with what it has. */
  status: z.enum(['completed', 'stopped']),
  outputs: z.record(z.string(), z.unknown()),
  steps: z.array(PipelineStepState),
  usage: Usage,
  seconds: z.number(),
});
export type PipelineResult = z.infer<typeof PipelineResult>;

/** What one attempt at a step came to. */
export const StepDone = z.strictObject({
  outputs: z.record(z.string(), z.unknown()),
  /** Of work, of all attempts that were not lost. */
  seconds: z.number(),
  cache: z.string().nullable(),
  /** Metric series that a program has told of: a JSON array of { metric, step, value }. */
  metrics: ArtifactRef.nullable(),
});
export type StepDone = z.infer<typeof StepDone>;
