import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import type { Candidate } from '../../schemas/hyperparameters.ts';
import type { Job } from '../../schemas/job.ts';
import type { Preprocessed, Selection, Tuning } from '../../schemas/lifecycle-steps.ts';
import type { TrainingOutcome } from '../../schemas/training.ts';
import { formatScore, relativeGain } from '../score.ts';
import { type StepContext, trainingRequest, workOrder } from './step-context.ts';

/** Trials may start, and run, until this share of a time budget is spent. */
const TUNING_SHARE = 0.65;
/** Trials under way at once; the task queue's workers decide how many of them really run. */
const LANES = 8;

interface Inputs {
  readonly job: Job;
  readonly data: Preprocessed;
  readonly selection: Selection;
}

/** Step 3: a study of trials, side by side on the task queue. */
export async function tune(context: StepContext, inputs: Inputs): Promise<{ tuning: Tuning }> {
  const study = new Study(context, inputs);
  await Promise.all(Array.from({ length: LANES }, () => study.runLane()));
  const tuning = study.result();
  context.note(
    'tune',
    `${tuning.trials} trials; best ${formatScore(inputs.data.problem, tuning.best.validationScore)}` +
      (tuning.failed > 0 ? `; ${tuning.failed} failed` : ''),
  );
  return { tuning };
}

class Study {
  readonly #context: StepContext;
  readonly #inputs: Inputs;
  readonly #total: number;
  #proposals: Promise<Candidate[]> = Promise.resolve([]);
  #proposed = 0;
  #next = 0;
  #completed = 0;
  #failed = 0;
  #best: TrainingOutcome;
  #bestTrial: number | null = null;

  constructor(context: StepContext, inputs: Inputs) {
    this.#context = context;
    this.#inputs = inputs;
    this.#total = context.clock.maxTrials;
    this.#best = inputs.selection.best;
  }

  /** Takes the next trial until none is left, or the time is spent. */
  async runLane(): Promise<void> {
    while (this.#next < this.#total && !this.#context.clock.spent(TUNING_SHARE)) {
      const number = this.#next++;
      const candidate = await this.#candidate(number);
      if (candidate === undefined) return;
      await this.#runTrial(number, candidate);
    }
  }

  result(): Tuning {
    return {
      best: this.#best,
      bestTrial: this.#bestTrial,
      trials: this.#completed + this.#failed,
      failed: this.#failed,
    };
  }

  /** The candidate of a trial; proposals come in blocks. Undefined where nothing is left to try. */
  async #candidate(number: number): Promise<Candidate | undefined> {
    if (number >= this.#proposed) {
      const { job, data, selection } = this.#inputs;
      const first = this.#proposed;
      const count = Math.min(LANES, this.#total - first);
      this.#proposed += count;
      const earlier = this.#proposals;
      this.#proposals = (async () => [
        ...(await earlier),
        ...(await this.#context.bookkeeping.proposeTrials({
          job,
          problem: data.problem,
          rows: data.rows.fit,
          width: data.width,
          finalists: selection.finalists,
          first,
          count,
        })),
      ])();
    }
    return (await this.#proposals)[number];
  }

  async #runTrial(number: number, candidate: Candidate): Promise<void> {
    const request = trainingRequest(this.#context, this.#inputs.data, candidate, TUNING_SHARE);
    try {
      const outcome = await this.#context.heavy.run(
        'runTrial',
        `trial ${number}: ${candidate.estimator}`,
        { ...workOrder<'train'>(this.#context, `trial/${number}`, request), number },
      );
      this.#completed += 1;
      this.#take(number, outcome);
    } catch (error) {
      // One trial that can't be trained is a result; a cancelled run is not.
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      this.#failed += 1;
    }
  }

  /** Keeps the best; among equals the lowest number, so that the order of arrival does not matter. */
  #take(number: number, outcome: TrainingOutcome): void {
    const { problem } = this.#inputs.data;
    const gain = relativeGain(problem, this.#best.validationScore, outcome.validationScore);
    const isEarlierEqual = gain === 0 && this.#bestTrial !== null && number < this.#bestTrial;
    if (gain > 0 || isEarlierEqual) {
      this.#best = outcome;
      this.#bestTrial = number;
    }
    this.#context.note(
      'tune',
      `${this.#completed} of ${this.#total} trials; best ${formatScore(problem, this.#best.validationScore)}`,
    );
  }
}
