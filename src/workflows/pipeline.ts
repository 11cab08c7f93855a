import { HandlerUnfinishedPolicy } from '@temporalio/common';
import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { BookkeepingActivities } from '../activities/index.ts';
import type { GraphEnd } from '../pipelines/graph-state.ts';
import type { AskedPipeline, PipelineRequest, PipelineResult } from '../schemas/pipeline-run.ts';
import { localBookkeeping } from './activity-profiles.ts';
import { attachPipelineUpdate } from './messages.ts';
import type { PartResult, PipelinePart } from './pipeline-part.ts';
import { PipelineRun } from './pipeline-run.ts';
import { requestedBy } from './record-end.ts';
import { whileGivingSigns } from './signs-of-life.ts';

const { beginPipeline, closePipeline, renewRun } =
  proxyLocalActivities<BookkeepingActivities>(localBookkeeping);

/**
 * Runs a graph: `{ "pipeline": "churn", "inputs": { … } }`, where the pipeline is a whole graph or
 * the name of one that lies with the workers. `continued` is how histories of one run follow each
 * other, and how graphs contain graphs.
 */
export async function pipeline(
  input: PipelineRequest | { readonly continued: PipelinePart },
): Promise<PipelineResult | PartResult> {
  const begun = isContinued(input) ? Promise.resolve(input.continued) : begin(input);
  setHandler(attachPipelineUpdate, async () => askedFor(await begun), {
    description: 'Answers with what was asked for, as soon as it has been read',
    unfinishedPolicy: HandlerUnfinishedPolicy.ABANDON,
  });
  const part = await begun;
  const run = new PipelineRun(part);
  const isWhole = part.prefix === '';
  const end = await (isWhole ? whileGivingSigns(giveSign, () => run.run()) : run.run());
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  if (end === null) return continueAsNew<typeof pipeline>({ continued: run.continued() });
  if (isWhole) await close(part, run, end);
  if (end.status === 'cancelled') throw new CancelledFailure('The run was cancelled.');
  if (end.failure !== null) throw failureOf(end, run);
  const { steps, usage } = run.state;
  if (!isWhole) return { end, steps, usage };
  return {
    schemaVersion: 1,
    runId: part.run.runId,
    pipeline: part.pipeline.name,
    hash: part.hash,
    status: end.status === 'stopped' ? 'stopped' : 'completed',
    outputs: end.outputs,
    steps,
    usage,
    seconds: (Date.now() - workflowInfo().startTime.getTime()) / 1000,
  };
}

const giveSign = () => renewRun({ runId: workflowInfo().firstExecutionRunId });

const askedFor = ({ pipeline: { name }, hash, inputs, options }: PipelinePart): AskedPipeline => ({
  ...{ pipeline: name, hash, inputs, options },
});

const isContinued = (input: unknown): input is { readonly continued: PipelinePart } =>
  typeof input === 'object' && input !== null && 'continued' in input;

async function begin(input: PipelineRequest): Promise<PipelinePart> {
  const { firstExecutionRunId: runId, workflowId, startTime } = workflowInfo();
  const begun = await beginPipeline({
    input,
    requestedBy: requestedBy(),
    startedAt: startTime.toISOString(),
  });
  return {
    ...begun,
    run: { runId, workflowId },
    prefix: '',
    place: begun.pipeline.name,
    carried: null,
    storesLists: false,
  };
}

/** Keeps the record of a run that has ended; a cancelled run has one, too. */
async function close(part: PipelinePart, run: PipelineRun, end: GraphEnd): Promise<void> {
  const { steps } = run.state;
  const given = new Map(run.record().map((each) => [each.id, each]));
  await CancellationScope.nonCancellable(() =>
    closePipeline({
      runId: part.run.runId,
      status: end.status,
      at: new Date().toISOString(),
      steps: steps.map((step) => ({
        ...{ id: step.id, uses: step.uses, status: step.status, cache: step.cache },
        startedAtMs: step.startedAtMs,
        finishedAtMs: step.finishedAtMs,
        inputs: given.get(step.id)?.inputs ?? {},
        outputs: given.get(step.id)?.outputs ?? {},
        failure: given.get(step.id)?.reason ?? null,
      })),
    }),
  );
}

/** Says which step failed the run, and by what; the cause carries what its own failure did. */
function failureOf(end: GraphEnd, run: PipelineRun): ApplicationFailure {
  const { step, reason } = end.failure ?? { step: '', reason: '' };
  const cause = run.errors.get(step);
  return ApplicationFailure.create({
    type: 'StepFailed',
    message: `The step '${step}' has failed: ${reason}`,
    nonRetryable: true,
    details: [{ step, reason, outputs: end.outputs }],
    ...(cause instanceof Error && { cause }),
  });
}
