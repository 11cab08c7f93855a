import { workflowInfo } from '@temporalio/workflow';
import type { Budget } from '../schemas/job.ts';

/** Trials when the job sets neither a count nor a time. */
const DEFAULT_TRIALS = 12;
/** A time budget still needs an end to the list of proposals. */
const MOST_TRIALS_BY_TIME = 2_000;

/** What is left of a run's budget, by workflow time, so that a replay decides the same. */
export class BudgetClock {
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get maxTrials(): number {
    const { trials, seconds } = this.#budget;
    return trials ?? (seconds === undefined ? DEFAULT_TRIALS : MOST_TRIALS_BY_TIME);
  }

  get maxEpochs(): number | null {
    return this.#budget.epochs ?? null;
  }

  /** Whether this share of the time is spent; never, when the budget is a count. */
  spent(share: number): boolean {
    return this.remainingSeconds(share) <= 0;
  }

  /** Seconds left until this share of the time is spent; Infinity when the budget is a count. */
  remainingSeconds(share: number): number {
    if (this.#budget.seconds === undefined) return Number.POSITIVE_INFINITY;
    const elapsed = (Date.now() - workflowInfo().startTime.getTime()) / 1000;
    return this.#budget.seconds * share - elapsed;
  }

  /** Time limit of one training that may take what is left until `share`; null without a time budget. */
  trainingLimit(share: number): number | null {
    if (this.#budget.seconds === undefined) return null;
    return Math.max(1, this.remainingSeconds(share));
  }
}
