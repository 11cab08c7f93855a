import type { ActivityInterfaceFor } from '@temporalio/workflow';
import type { BookkeepingActivities } from '../../activities/index.ts';
import type { WorkOrder } from '../../activities/supervise.ts';
import type { RequestOf, TaskKind } from '../../compute/compute-task.ts';
import type { Candidate } from '../../schemas/hyperparameters.ts';
import type { Job } from '../../schemas/job.ts';
import type { Preprocessed } from '../../schemas/lifecycle-steps.ts';
import type { TrainingRequest } from '../../schemas/training.ts';
import type { BudgetClock } from '../budget-clock.ts';
import type { ExtensibleTrainings } from '../extensible-trainings.ts';
import type { HeavyWork } from '../heavy-work.ts';
import type { RunControl } from '../run-control.ts';

/** What heavy work is asked for with. */
export interface WorkContext {
  readonly runId: string;
  readonly workflowId: string;
  readonly job: Job;
  readonly clock: BudgetClock;
  /** On the main task queue. */
  readonly bookkeeping: ActivityInterfaceFor<BookkeepingActivities>;
  /** On the task queue that the job's resources ask for. */
  readonly heavy: HeavyWork;
}

/** What every step of a lifecycle run works with. */
export interface StepContext extends WorkContext {
  readonly taskQueue: string;
  readonly trainings: ExtensibleTrainings;
  readonly control: Pick<RunControl, 'runStudy'>;
  /** Says in one line what the step is doing. */
  note(step: string, text: string): void;
}

/** A piece of heavy work under its name in the run. */
export const workOrder = <Kind extends TaskKind>(
  { runId, workflowId, job }: WorkContext,
  label: string,
  request: RequestOf<Kind>,
): WorkOrder<Kind> => ({
  runId,
  workflowId,
  label,
  memoryGiB: job.resources.memoryGiB ?? null,
  request,
});

/** A training on the fit part, within the budget. */
export function trainingRequest(
  { clock, job }: WorkContext,
  data: Preprocessed,
  candidate: Candidate,
  budgetShare: number,
): TrainingRequest {
  // As `beginRun` has resolved it.
  const start = typeof job.startFrom === 'object' ? job.startFrom.package : undefined;
  return {
    prepared: data.prepared,
    candidate,
    ...(start !== undefined && candidate.estimator === 'mlp' && { startFrom: start }),
    rows: 'fit',
    seed: job.seed,
    maxEpochs: clock.maxEpochs,
    maxSeconds: clock.trainingLimit(budgetShare),
    checkpointSeconds: job.checkpoints.everySeconds,
    otherFingerprint: job.checkpoints.otherFingerprint,
  };
}
