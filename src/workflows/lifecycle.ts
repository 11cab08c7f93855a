import {
  allHandlersFinished,
  condition,
  isCancellation,
  proxyActivities,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { BookkeepingActivities } from '../activities/index.ts';
import type { Job } from '../schemas/job.ts';
import type { Deployment, Optimisation, Preprocessed, Tuning } from '../schemas/lifecycle-steps.ts';
import type { LifecycleInput } from '../schemas/rerun.ts';
import type { LifecycleResult, RerunOf } from '../schemas/run.ts';
import { bookkeeping as bookkeepingProfile, verification } from './activity-profiles.ts';
import { findTaskQueue } from './find-task-queue.ts';
import { HeavyWork } from './heavy-work.ts';
import { interpretPlan, type StepImplementation, type Values } from './interpret-plan.ts';
import { lifecyclePlan } from './lifecycle-plan.ts';
import { recordEnd, requestedBy } from './record-end.ts';
import { RunControl } from './run-control.ts';
import { RunProgress } from './run-progress.ts';
import { RunRecorder } from './run-recorder.ts';
import { runSearchAttributes } from './search-attributes.ts';
import { whileGivingSigns } from './signs-of-life.ts';
import { deploy } from './steps/deploy.ts';
import { evaluate } from './steps/evaluate.ts';
import { optimise } from './steps/optimise.ts';
import { preprocess } from './steps/preprocess.ts';
import { select } from './steps/select.ts';
import type { StepContext } from './steps/step-context.ts';
import { train } from './steps/train.ts';
import { tune } from './steps/tune.ts';

const bookkeeping = proxyActivities<BookkeepingActivities>(bookkeepingProfile);
const { reuseSteps } = proxyActivities<BookkeepingActivities>(verification);

/**
 * The seven steps on one job, from raw table to registered model: the default plan, run by the interpreter.
 * `{ "data": "customers.csv", "target": "churned" }` is a whole job, and
 * `{ "rerun": { "runId": "…", "from": "train" } }` does a closed one again from a step on.
 */
export async function lifecycle(input: LifecycleInput): Promise<LifecycleResult> {
  const { firstExecutionRunId: runId, workflowId } = workflowInfo();
  const progress = new RunProgress(runId, lifecyclePlan);
  const control = new RunControl(workflowId, progress, (extension) =>
    bookkeeping.recordExtension({ runId, extension }),
  );
  try {
    const begun = await bookkeeping.beginRun({
      input,
      plan: lifecyclePlan,
      requestedBy: requestedBy(),
      startedAt: workflowInfo().startTime.toISOString(),
    });
    const result = await runPlan(runId, begun, progress, control);
    progress.closed('completed');
    return result;
  } catch (error) {
    progress.closed(isCancellation(error) ? 'cancelled' : 'failed');
    throw error;
  }
}

/** What a run begins with: its job, and the closed run that it repeats, if it does. */
interface Begun {
  readonly job: Job;
  readonly model: string;
  readonly rerunOf: RerunOf | null;
}

/** Carries a begun run out, and records how it ended. */
async function runPlan(
  runId: string,
  begun: Begun,
  progress: RunProgress,
  control: RunControl,
): Promise<LifecycleResult> {
  try {
    const result = await whileGivingSigns(
      () => bookkeeping.renewRun({ runId }),
      () => carryOut(runId, begun, progress, control),
    );
    await condition(allHandlersFinished);
    await recordEnd(runId, 'completed');
    return result;
  } catch (error) {
    await control.close();
    await recordEnd(runId, isCancellation(error) ? 'cancelled' : 'failed');
    throw error;
  }
}

async function carryOut(
  runId: string,
  { job, model, rerunOf }: Begun,
  progress: RunProgress,
  control: RunControl,
): Promise<LifecycleResult> {
  control.begin(job);
  const { searchAttributes } = await bookkeeping.describeServer();
  const attributes = runSearchAttributes(searchAttributes);
  upsertIfAny(attributes.model(model));
  const taskQueue = await findTaskQueue(job, (text) => progress.note('preprocess', text));
  const context: StepContext = {
    runId,
    workflowId: workflowInfo().workflowId,
    job,
    taskQueue,
    control,
    clock: control.clock,
    trainings: control.trainings,
    bookkeeping,
    heavy: new HeavyWork(taskQueue, control.work),
    note: (step, text) => progress.note(step, text),
  };
  const recorder = new RunRecorder(runId, progress, bookkeeping, control.work, (step) =>
    upsertIfAny(attributes.step(step)),
  );
  const steps = stepKinds(context);
  const known = rerunOf === null ? {} : await reuseSteps({ runId, rerunOf, plan: lifecyclePlan });
  const outputs = await interpretPlan(lifecyclePlan, { job }, steps, recorder, known);
  const result = describeResult(runId, model, outputs);
  upsertIfAny(attributes.score(result.score));
  return result;
}

/** The implementation of each kind of step; the plan's wiring is checked before any of them runs. */
function stepKinds(context: StepContext): Record<string, StepImplementation> {
  const bind =
    <Inputs, Outputs extends Values>(
      step: (context: StepContext, inputs: Inputs) => Promise<Outputs>,
    ): StepImplementation =>
    (inputs) =>
      step(context, inputs as Inputs);
  return {
    preprocess: bind(preprocess),
    select: bind(select),
    tune: bind(tune),
    train: bind(train),
    evaluate: bind(evaluate),
    optimise: bind(optimise),
    deploy: bind(deploy),
  };
}

function upsertIfAny(attributes: Parameters<typeof upsertSearchAttributes>[0] | undefined): void {
  if (attributes !== undefined) upsertSearchAttributes(attributes);
}

function describeResult(runId: string, model: string, outputs: Values): LifecycleResult {
  const { data, tuning, optimisation, deployment } = outputs as {
    data: Preprocessed;
    tuning: Tuning;
    optimisation: Optimisation;
    deployment: Deployment;
  };
  const { evaluation, chosen, final } = optimisation;
  return {
    schemaVersion: 1,
    runId,
    model,
    version: deployment.version,
    alias: deployment.alias,
    task: data.problem.task,
    estimator: final.candidate.estimator,
    metric: evaluation.metric,
    score: evaluation.score,
    interval: evaluation.interval,
    metrics: evaluation.metrics,
    validationScore: chosen.validationScore,
    trials: tuning.trials,
    rounds: optimisation.rounds.length,
    weightsHash: final.weightsHash,
    transformHash: data.transform.sha256,
    package: deployment.package,
    report: deployment.report,
    reportJson: deployment.reportJson,
    reportHtml: deployment.reportHtml,
    seconds: (Date.now() - workflowInfo().startTime.getTime()) / 1000,
  };
}
