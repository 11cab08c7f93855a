import {
  allHandlersFinished,
  condition,
  isCancellation,
  proxyActivities,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { BookkeepingActivities } from '../activities/index.ts';
import { GraphRun } from '../pipelines/graph-run.ts';
import type { Values } from '../pipelines/graph-state.ts';
import type { Job } from '../schemas/job.ts';
import type { Pipeline } from '../schemas/pipeline.ts';
import type { RerunOf } from '../schemas/run.ts';
import { bookkeeping as bookkeepingProfile, verification } from './activity-profiles.ts';
import { findTaskQueue } from './find-task-queue.ts';
import { HeavyWork } from './heavy-work.ts';
import { recordEnd, requestedBy } from './record-end.ts';
import { RunControl } from './run-control.ts';
import { RunProgress } from './run-progress.ts';
import { RunRecorder } from './run-recorder.ts';
import { runSteps, type StepImplementation } from './run-steps.ts';
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

/** What is to be carried out: a graph of the seven kinds of steps. */
export interface LifecycleGraph<Result> {
  readonly pipeline: Pipeline;
  /** A job, or a rerun, as it was given. */
  readonly input: unknown;
  /** Inputs of the graph besides the job. */
  readonly inputs: Values;
  /** What comes of the graph's outputs; a score is what the run can be found by. */
  describe(
    run: { readonly runId: string; readonly model: string },
    outputs: Values,
  ): { readonly result: Result; readonly score: number | null };
}

/** Begins a run of lifecycle steps, carries it out, and keeps its record. */
export async function runLifecycle<Result>(graph: LifecycleGraph<Result>): Promise<Result> {
  const { pipeline, input } = graph;
  const { firstExecutionRunId: runId, workflowId } = workflowInfo();
  const progress = new RunProgress(runId, pipeline);
  const control = new RunControl(workflowId, progress, (extension) =>
    bookkeeping.recordExtension({ runId, extension }),
  );
  try {
    const begun = await bookkeeping.beginRun({
      input,
      plan: pipeline,
      requestedBy: requestedBy(),
      startedAt: workflowInfo().startTime.toISOString(),
    });
    const result = await closeAfter(runId, control, () =>
      whileGivingSigns(
        () => bookkeeping.renewRun({ runId }),
        () => carryOut(graph, runId, begun, progress, control),
      ),
    );
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
async function closeAfter<Result>(
  runId: string,
  control: RunControl,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await run();
    await condition(allHandlersFinished);
    await recordEnd(runId, 'completed');
    return result;
  } catch (error) {
    await control.close();
    await recordEnd(runId, isCancellation(error) ? 'cancelled' : 'failed');
    throw error;
  }
}

async function carryOut<Result>(
  { pipeline, inputs, describe }: LifecycleGraph<Result>,
  runId: string,
  { job, model, rerunOf }: Begun,
  progress: RunProgress,
  control: RunControl,
): Promise<Result> {
  control.begin(job);
  const { searchAttributes } = await bookkeeping.describeServer();
  const attributes = runSearchAttributes(searchAttributes);
  upsertIfAny(attributes.model(model));
  const taskQueue = await findTaskQueue(job.resources, (text) =>
    progress.note(pipeline.steps[0]?.id ?? '', text),
  );
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
  const known = rerunOf === null ? {} : await reuseSteps({ runId, rerunOf, plan: pipeline });
  const graph = new GraphRun(pipeline, { ...inputs, job });
  graph.know(known);
  for (const id of Object.keys(known)) progress.reused(id);
  const outputs = await runSteps(graph, steps, recorder);
  const { result, score } = describe({ runId, model }, outputs);
  if (score !== null) upsertIfAny(attributes.score(score));
  return result;
}

/** The implementation of each kind of step. */
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
