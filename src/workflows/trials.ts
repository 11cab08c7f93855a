import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  isCancellation,
} from '@temporalio/workflow';
import { OUT_OF_TIME } from '../out-of-time.ts';
import { secondsOfOne } from '../refit-seconds.ts';
import type { Candidate } from '../schemas/hyperparameters.ts';
import type { Preprocessed, Selection } from '../schemas/lifecycle-steps.ts';
import type { TrainingOutcome } from '../schemas/training.ts';
import { TUNING_SHARE } from './budget-clock.ts';
import { Proposals } from './proposals.ts';
import { formatScore, relativeGain } from './score.ts';
import { foldsOrder, isComparable, isWorthFolds } from './steps/cross-validation.ts';
import { trainingRequest, type WorkContext, workOrder } from './steps/step-context.ts';

/** Trials under way at once; the task queue's workers decide how many of them really run. */
const LANES = 8;
/** How many times as long a training takes that time has ended; nobody knows more. */
const IF_CUT_SHORT = 4;

/** What a study knows: all of it, between two trials. */
export interface StudyState {
  /** Number of the next trial. */
  readonly next: number;
  readonly completed: number;
  readonly failed: number;
  readonly best: TrainingOutcome;
  /** Null while no trial beats the screened default. */
  readonly bestTrial: number | null;
  /** The total that it went by last. */
  readonly total: number;
  /** Nothing is left to try. */
  readonly exhausted: boolean;
}

/** Runs trials in lanes, and keeps the best. */
export class Trials {
  readonly #context: WorkContext;
  readonly #inputs: { readonly data: Preprocessed; readonly selection: Selection };
  readonly #note: (text: string, total: number) => void;
  readonly #proposals: Proposals;
  #state: StudyState;
  #idleLanes = 0;

  constructor(
    context: WorkContext,
    inputs: {
      readonly data: Preprocessed;
      readonly selection: Selection;
      readonly state: StudyState;
    },
    note: (text: string, total: number) => void,
  ) {
    this.#context = context;
    this.#inputs = inputs;
    this.#state = inputs.state;
    this.#note = note;
    this.#proposals = new Proposals((first, count) => this.#propose(first, count));
  }

  get state(): StudyState {
    return { ...this.#state, total: this.#context.clock.maxTrials };
  }

  hasMore(): boolean {
    const { clock } = this.#context;
    const { next, exhausted } = this.#state;
    const left = clock.remainingSeconds(TUNING_SHARE);
    return next < clock.maxTrials && !exhausted && left > 0 && left >= this.#expectedSeconds;
  }

  /** A trial takes about as long as the leader did. */
  get #expectedSeconds(): number {
    const { best } = this.#inputs.selection;
    const ofOne = secondsOfOne(best);
    return best.status === 'out-of-time' ? IF_CUT_SHORT * ofOne : ofOne;
  }

  /** Runs the trials before number `end`, and gives back when all that were begun have ended. */
  async run(end: number): Promise<void> {
    await Promise.all(Array.from({ length: LANES }, () => this.#runLane(end)));
  }

  /**
   * Takes one trial after another. Where there is none it waits for as long as others are under way,
   * because the total may grow meanwhile.
   */
  async #runLane(end: number): Promise<void> {
    const hasNext = () => this.#state.next < end && this.hasMore();
    for (;;) {
      this.#idleLanes += 1;
      await condition(() => hasNext() || this.#idleLanes === LANES);
      if (!hasNext() && this.#idleLanes === LANES) return;
      this.#idleLanes -= 1;
      if (hasNext()) await this.#runNext(end);
    }
  }

  async #runNext(end: number): Promise<void> {
    const number = this.#state.next;
    this.#state = { ...this.#state, next: number + 1 };
    const count = Math.min(LANES, Math.min(end, this.#context.clock.maxTrials) - number);
    const candidate = await this.#proposals.of(number, count);
    if (candidate === undefined) this.#state = { ...this.#state, exhausted: true };
    else await this.#runTrial(number, candidate);
  }

  #propose(first: number, count: number): Promise<Candidate[]> {
    const { job, bookkeeping } = this.#context;
    const { data, selection } = this.#inputs;
    return bookkeeping.proposeTrials({
      job,
      problem: data.problem,
      rows: data.rows.fit,
      width: data.width,
      ...(data.terms !== undefined && { terms: data.terms }),
      finalists: selection.finalists,
      first,
      count,
    });
  }

  async #runTrial(number: number, candidate: Candidate): Promise<void> {
    const request = trainingRequest(this.#context, this.#inputs.data, candidate, TUNING_SHARE);
    const order = workOrder<'train'>(this.#context, `trial/${number}`, request);
    const summary = `trial ${number}: ${candidate.estimator}`;
    try {
      const leastSeconds = this.#expectedSeconds / 2;
      const first = await this.#context.heavy.run('runTrial', summary, {
        ...order,
        number,
        leastSeconds,
      });
      this.#take(number, await this.#validate(number, first));
    } catch (error) {
      // One trial that can't be trained is a result; a cancelled run is not.
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      // Its turn came too late: neither is it one.
      if (error.cause instanceof ApplicationFailure && error.cause.type === OUT_OF_TIME) return;
      this.#state = { ...this.#state, failed: this.#state.failed + 1 };
    }
  }

  /** A trial that may be among the best goes on to the other folds, if the best was validated on them. */
  async #validate(number: number, first: TrainingOutcome): Promise<TrainingOutcome> {
    const { data, selection } = this.#inputs;
    const { best } = selection;
    if (best.crossValidation === null || !isWorthFolds(data, best, first)) return first;
    const order = foldsOrder(this.#context, data, `trial/${number}`, first, TUNING_SHARE);
    const summary = `trial ${number}: ${first.candidate.estimator}, other folds`;
    return this.#context.heavy.run('crossValidateTrial', summary, { ...order, number });
  }

  /** Keeps the best; among equals the lowest number, so that the order of arrival does not matter. */
  #take(number: number, outcome: TrainingOutcome): void {
    const { problem } = this.#inputs.data;
    const { best, bestTrial, completed } = this.#state;
    const gain = relativeGain(problem, best.validationScore, outcome.validationScore);
    const isBetter =
      isComparable(best, outcome) &&
      (gain > 0 || (gain === 0 && bestTrial !== null && number < bestTrial));
    this.#state = {
      ...this.#state,
      completed: completed + 1,
      ...(isBetter && { best: outcome, bestTrial: number }),
    };
    const { maxTrials } = this.#context.clock;
    const score = formatScore(problem, this.#state.best.validationScore);
    this.#note(`${completed + 1} of ${maxTrials} trials; best ${score}`, maxTrials);
  }
}
