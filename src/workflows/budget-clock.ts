import { workflowInfo } from '@temporalio/workflow';
import type { Budget } from '../schemas/job.ts';

/** Trials when the job sets neither a count nor a time. */
const DEFAULT_TRIALS = 12;
/** A time budget still needs an end to the list of proposals. */
const MOST_TRIALS_BY_TIME = 2_000;

/** Trials may start, and run, until this share of a time budget is spent; the steps after them have the rest. */
export const TUNING_SHARE = 0.65;

/** What a budget clock is made of, so that another workflow can go on with it. */
export interface BudgetState {
  readonly budget: Budget;
  readonly startedAtMs: number;
  /** Spent in pauses that are over. */
  readonly pausedMs: number;
  /** Since when the run is paused; null while it is not. */
  readonly pausedAtMs: number | null;
  /** What it took until there was something to share the rest of the time among. */
  readonly preparedMs: number;
  /** What the steps after tuning have at most, where it is less than their share. */
  readonly restSeconds?: number;
}

/** What is left of a run's budget, by workflow time, so that a replay decides the same. */
export class BudgetClock {
  #state: BudgetState;

  constructor(state: BudgetState) {
    this.#state = state;
  }

  /** The clock of a run that has just begun. */
  static start(budget: Budget): BudgetClock {
    const startedAtMs = workflowInfo().startTime.getTime();
    return new BudgetClock({ budget, startedAtMs, pausedMs: 0, pausedAtMs: null, preparedMs: 0 });
  }

  get state(): BudgetState {
    return this.#state;
  }

  get maxTrials(): number {
    const { trials, seconds } = this.#state.budget;
    return trials ?? (seconds === undefined ? DEFAULT_TRIALS : MOST_TRIALS_BY_TIME);
  }

  get maxEpochs(): number | null {
    return this.#state.budget.epochs ?? null;
  }

  /** Takes over what another clock of the same run says. */
  set(state: BudgetState): void {
    this.#state = state;
  }

  /** Sets a larger number of trials. */
  extendTrials(trials: number): void {
    this.#state = { ...this.#state, budget: { ...this.#state.budget, trials } };
  }

  /** Stands still until `resume`. */
  pause(): void {
    this.#state = { ...this.#state, pausedAtMs: this.#state.pausedAtMs ?? Date.now() };
  }

  resume(): void {
    this.#state = { ...this.#state, pausedMs: this.#pausedMs(), pausedAtMs: null };
  }

  /** The data are prepared: shares are of the time that is left from now on. */
  prepared(): void {
    this.#state = { ...this.#state, preparedMs: this.#elapsedMs() };
  }

  /** The steps after tuning need no more than this: what their share is more, tuning has. */
  keepForRest(seconds: number): void {
    this.#state = { ...this.#state, restSeconds: seconds };
  }

  /** Whether this share of the time is spent; never, when the budget is a count. */
  spent(share: number): boolean {
    return this.remainingSeconds(share) <= 0;
  }

  /** Seconds left until this share of the time is spent; Infinity when the budget is a count. */
  remainingSeconds(share: number): number {
    const { budget, preparedMs } = this.#state;
    if (budget.seconds === undefined) return Number.POSITIVE_INFINITY;
    const preparing = Math.min(budget.seconds, preparedMs / 1000);
    return preparing + this.#endOf(share, budget.seconds - preparing) - this.#elapsedMs() / 1000;
  }

  /** Seconds until `share` of the time is spent; null without a time budget. */
  timeLimit(share: number): number | null {
    return this.#state.budget.seconds === undefined
      ? null
      : Math.max(0, this.remainingSeconds(share));
  }

  /** Time limit of one training that may take what is left until `share`; null without a time budget. */
  trainingLimit(share: number): number | null {
    if (this.#state.budget.seconds === undefined) return null;
    return Math.max(1, this.remainingSeconds(share));
  }

  /** Seconds from when the data were prepared until a share of so many is spent. */
  #endOf(share: number, seconds: number): number {
    const { restSeconds = Number.POSITIVE_INFINITY } = this.#state;
    const restShare = 1 - TUNING_SHARE;
    return share < TUNING_SHARE || restSeconds >= seconds * restShare
      ? seconds * share
      : seconds - (restSeconds * (1 - share)) / restShare;
  }

  #elapsedMs(): number {
    return Date.now() - this.#state.startedAtMs - this.#pausedMs();
  }

  #pausedMs(): number {
    const { pausedMs, pausedAtMs } = this.#state;
    return pausedMs + (pausedAtMs === null ? 0 : Date.now() - pausedAtMs);
  }
}
