import type { ActivityInterfaceFor } from '@temporalio/workflow';
import type { BookkeepingActivities } from '../../activities/index.ts';
import type { WorkOrder } from '../../activities/supervise.ts';
import type { RequestOf, TaskKind } from '../../compute/compute-task.ts';
import type { Candidate } from '../../schemas/hyperparameters.ts';
import type { Job } from '../../schemas/job.ts';
import type { Preprocessed } from '../../schemas/lifecycle-steps.ts';
import type { TrainingRequest } from '../../schemas/training.ts';
import type { BudgetClock } from '../budget-clock.ts';
import type { HeavyWork } from '../heavy-work.ts';

/** What every step of a lifecycle run works with. */
export interface StepContext {
  readonly runId: string;
  readonly job: Job;
  readonly clock: BudgetClock;
  /** On the main task queue. */
  readonly bookkeeping: ActivityInterfaceFor<BookkeepingActivities>;
  /** On the task queue that the job's resources ask for. */
  readonly heavy: HeavyWork;
  /** Says in one line what the step is doing. */
  note(step: string, text: string): void;
}

/** A piece of heavy work under its name in the run. */
export const workOrder = <Kind extends TaskKind>(
  { runId, job }: StepContext,
  label: string,
  request: RequestOf<Kind>,
): WorkOrder<Kind> => ({
  runId,
  label,
  memoryGiB: job.resources.memoryGiB ?? null,
  request,
});

/** A training on the fit part, within the budget. */
export function trainingRequest(
  { clock, job }: StepContext,
  data: Preprocessed,
  candidate: Candidate,
  budgetShare: number,
): TrainingRequest {
  return {
    prepared: data.prepared,
    candidate,
    rows: 'fit',
    seed: job.seed,
    maxEpochs: clock.maxEpochs,
    maxSeconds: clock.trainingLimit(budgetShare),
    checkpointSeconds: job.checkpoints.everySeconds,
    otherFingerprint: job.checkpoints.otherFingerprint,
  };
}
