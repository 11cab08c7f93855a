import type { ActivityInterfaceFor } from '@temporalio/workflow';
import type { BookkeepingActivities, HeavyActivities } from '../../activities/index.ts';
import type { Candidate } from '../../schemas/hyperparameters.ts';
import type { Job } from '../../schemas/job.ts';
import type { Preprocessed } from '../../schemas/lifecycle-steps.ts';
import type { TrainingRequest } from '../../schemas/training.ts';
import type { BudgetClock } from '../budget-clock.ts';

/** What every step of a lifecycle run works with. */
export interface StepContext {
  readonly runId: string;
  readonly clock: BudgetClock;
  /** On the main task queue. */
  readonly bookkeeping: ActivityInterfaceFor<BookkeepingActivities>;
  /** On the task queue that the job's resources ask for. */
  readonly heavy: ActivityInterfaceFor<HeavyActivities>;
  /** Says in one line what the step is doing. */
  note(step: string, text: string): void;
}

/** A training on the fit part, within the budget. */
export function trainingRequest(
  context: StepContext,
  job: Job,
  data: Preprocessed,
  candidate: Candidate,
  budgetShare: number,
): TrainingRequest {
  return {
    prepared: data.prepared,
    candidate,
    rows: 'fit',
    seed: job.seed,
    maxEpochs: context.clock.maxEpochs,
    maxSeconds: context.clock.trainingLimit(budgetShare),
  };
}
