import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { InputError } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import type { Job } from '../schemas/job.ts';
import { parseJob } from '../schemas/parse-job.ts';
import type { Pipeline } from '../schemas/pipeline.ts';
import type { Rerun } from '../schemas/rerun.ts';
import { type RerunOf, type RunManifest, StepRecord } from '../schemas/run.ts';
import { setPath } from '../schemas/set-path.ts';
import type { DocumentStore } from '../stores/document-store.ts';
import { findManifest } from '../stores/find-manifest.ts';
import { stepDocument } from '../stores/run-documents.ts';

/** Parts of a job that one kind of step alone reads: changed after it, they would change nothing. */
const READ_BY: Readonly<Record<string, readonly string[]>> = {
  preprocess: [
    ...['data', 'target', 'task', 'metric', 'positiveClass'],
    ...['split', 'validation', 'format', 'columns', 'preprocess'],
  ],
  select: ['estimators'],
  tune: ['budget.trials'],
};

/** The job of a rerun, and what it repeats; an InputError says why that can't be. */
export async function openRerun(
  documents: DocumentStore,
  plan: Pipeline,
  { runId: reference, from, set }: Rerun,
): Promise<{ job: Job; rerunOf: RerunOf }> {
  const manifest = await findManifest(documents, reference, 'rerun.runId');
  const earlier = requireJob(manifest);
  await refuseOpen(manifest);
  refuseUnknownStep(plan, from);
  refuseIneffective(plan, from, Object.keys(set));
  await refuseGaps(documents, plan, manifest.runId, from);
  const job: Record<string, unknown> = structuredClone(earlier);
  for (const [path, value] of Object.entries(set)) setPath(job, path, value);
  return { job: parseJob(job), rerunOf: { runId: manifest.runId, from } };
}

/** Only a lifecycle has a job to change. */
function requireJob({ job, plan, runId }: RunManifest): Job {
  if (job !== null) return job;
  throw new InputError({
    code: 'NotALifecycle',
    field: 'rerun.runId',
    value: runId,
    expected: 'the run of a lifecycle',
    remedy: `It ran the pipeline '${plan.name}': start that again, with cache set to 'use'.`,
  });
}

async function refuseOpen({ workflowId, runId }: RunManifest): Promise<void> {
  try {
    const { status } = await Context.current()
      .client.workflow.getHandle(workflowId, runId)
      .describe();
    if (status.name !== 'RUNNING') return;
  } catch (error) {
    // Forgotten, and so closed.
    if (error instanceof WorkflowNotFoundError) return;
    throw error;
  }
  throw new InputError({
    code: 'RunStillOpen',
    field: 'rerun.runId',
    value: runId,
    expected: 'a run that has ended',
    remedy: `Wait for it, or cancel it: 'sevenfold cancel ${workflowId}'.`,
  });
}

function refuseUnknownStep(plan: Pipeline, from: string): void {
  const steps = plan.steps.map(({ id }) => id);
  if (steps.includes(from)) return;
  const nearest = nearestName(from, steps);
  throw new InputError({
    code: 'StepNotFound',
    field: 'rerun.from',
    value: from,
    expected: `one of the steps ${steps.join(', ')}`,
    remedy: nearest === undefined ? 'Choose one of these.' : `Did you mean '${nearest}'?`,
  });
}

function refuseIneffective(plan: Pipeline, from: string, paths: readonly string[]): void {
  for (const { id, uses } of stepsBefore(plan, from)) {
    const isRead = (path: string) =>
      READ_BY[uses]?.some((part) => path === part || path.startsWith(`${part}.`));
    const path = paths.find(isRead);
    if (path === undefined) continue;
    throw new InputError({
      code: 'ConflictingOptions',
      field: `rerun.set.${path}`,
      value: path,
      expected: `what '${from}' or a later step reads`,
      remedy: `The step '${id}' reads it: rerun from '${id}', or leave it as it was.`,
    });
  }
}

async function refuseGaps(
  documents: DocumentStore,
  plan: Pipeline,
  runId: string,
  from: string,
): Promise<void> {
  for (const { id } of stepsBefore(plan, from)) {
    const record = StepRecord.safeParse(await documents.read(stepDocument(runId, id)));
    if (record.success && record.data.status === 'completed') continue;
    throw new InputError({
      code: 'StepNotCompleted',
      field: 'rerun.from',
      value: from,
      expected: 'a step before which the run had completed every other',
      remedy: `The step '${id}' was not completed: rerun from '${id}'.`,
    });
  }
}

/** Those whose outputs a rerun takes over, in the order of the plan. */
export const stepsBefore = ({ steps }: Pipeline, from: string): Pipeline['steps'] =>
  steps.slice(
    0,
    steps.findIndex(({ id }) => id === from),
  );
