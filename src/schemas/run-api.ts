import { z } from 'zod';
import { ExtensionRequest } from './extension.ts';
import { Budget, BudgetInShort, Job } from './job.ts';
import { PipelineRequest, PipelineState } from './pipeline-run.ts';
import { Rerun } from './rerun.ts';
import { RunState } from './run-state.ts';

/** Where the end of a run is announced. */
export const WebhookRequest = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2_000),
});
export type WebhookRequest = z.infer<typeof WebhookRequest>;

/** Asks for a run. */
export const StartRunRequest = z.strictObject({
  job: Job.extend({
    budget: z.union([Budget, BudgetInShort]).optional(),
  }),
  webhook: WebhookRequest.optional(),
});
export type StartRunRequest = z.infer<typeof StartRunRequest>;

/** Asks for a run of a graph. */
export const StartPipelineRunRequest = PipelineRequest.extend({
  pipeline: z
    .union([z.string().min(1), z.record(z.string(), z.unknown())])
    .describe(
      'Name of a graph that lies with the workers; or, with the scope graphs:write, a graph (schemas/pipeline.schema.json).',
    ),
  webhook: WebhookRequest.optional(),
});
export type StartPipelineRunRequest = z.infer<typeof StartPipelineRunRequest>;

/** Answers what a run of a graph asks; the token's name says who. */
export const ApprovalRequest = z.strictObject({
  step: z.string().min(1),
  decision: z.enum(['approve', 'reject']),
  why: z.string().min(1).describe('Kept in the record of the run.'),
});

export const RerunRequest = Rerun.omit({ runId: true });
export type RerunRequest = z.infer<typeof RerunRequest>;

export const ExtendRequest = ExtensionRequest.refine(
  ({ trials, epochs }) => trials !== undefined || epochs !== undefined,
  'trials, epochs or both',
).meta({ anyOf: [{ required: ['trials'] }, { required: ['epochs'] }] });

export const RunStatus = z.enum([
  'running',
  'completed',
  'failed',
  'canceled',
  'terminated',
  'continued_as_new',
  'timed_out',
  'paused',
  'unknown',
]);

/** A run as lists show it. */
export const RunItem = z.strictObject({
  /** Workflow id; in paths, its slashes are written as %2F. */
  id: z.string(),
  /** Of its latest history; its state and its result have that of the first, which its records bear. */
  runId: z.string(),
  kind: z.enum(['lifecycle', 'graph']),
  /** Where it lies on this server. */
  href: z.string(),
  status: RunStatus,
  startedAt: z.iso.datetime(),
  closedAt: z.iso.datetime().nullable(),
});
export type RunItem = z.infer<typeof RunItem>;

export const RunDetails = RunItem.extend({
  requestedBy: z.string().nullable(),
  /** Null while no worker can say. */
  state: RunState.nullable(),
});
export type RunDetails = z.infer<typeof RunDetails>;

export const PipelineRunDetails = RunDetails.extend({ state: PipelineState.nullable() });
export type PipelineRunDetails = z.infer<typeof PipelineRunDetails>;

export const RunPageResponse = z.strictObject({
  runs: z.array(RunItem),
  /** Give it as `cursor` to get the next page; null after the last one. */
  next: z.string().nullable(),
});
export type RunPageResponse = z.infer<typeof RunPageResponse>;
