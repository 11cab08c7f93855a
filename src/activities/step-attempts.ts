import { ApplicationFailure } from '@temporalio/common';
import { InputError } from '../errors.ts';
import { retryPauseMs } from '../pipelines/retry-pause.ts';
import type { Step } from '../schemas/pipeline.ts';

/** An attempt was stopped because it took too long. */
export class StepTimedOut extends Error {
  override readonly name = 'StepTimedOut';
}

/** What the attempts at a step have come to so far; a heartbeat carries it to the next one. */
interface Past {
  /** Attempts that the step itself has failed. */
  readonly failures: number;
  /** Attempts whose process died. */
  readonly deaths: number;
  readonly seconds: number;
}

/** Processes may be killed with their machines; a step that kills its own is given up after so many. */
const MOST_DEATHS = 20;
const DEATHS = ['ComputeProcessDied', 'ComputeProcessHung', 'OutOfMemory', 'ProgramKilled'];
/** Faults of the machine or the store rather than of the step. */
const SURROUNDINGS = ['Fenced', 'StoreUnavailable', 'StoreFull', 'NoDiskSpace', 'CorruptArtifact'];

/** Tells whether a step that failed is tried again: its own faults are counted, lost machines are not. */
export class StepAttempts {
  readonly #step: Step;
  #past: Past;

  constructor(earlier: unknown, step: Step) {
    this.#step = step;
    this.#past = { failures: 0, deaths: 0, seconds: 0, ...(earlier as Partial<Past> | undefined) };
  }

  get past(): Past {
    return this.#past;
  }

  /** @param seconds of work so far, with this attempt */
  judge(error: unknown, seconds: number): Error {
    this.#past = { ...this.#past, seconds };
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (error instanceof InputError) {
      const { problem } = error;
      return ApplicationFailure.create({
        ...{ type: problem.code, message, nonRetryable: true, details: [problem] },
      });
    }
    if (SURROUNDINGS.includes(name)) return ApplicationFailure.create({ type: name, message });
    if (DEATHS.includes(name)) {
      const deaths = this.#past.deaths + 1;
      this.#past = { ...this.#past, deaths };
      return ApplicationFailure.create({
        type: name,
        message,
        nonRetryable: deaths >= MOST_DEATHS,
      });
    }
    const failures = this.#past.failures + 1;
    this.#past = { ...this.#past, failures };
    const { retry } = this.#step;
    return ApplicationFailure.create({
      type: name,
      message,
      nonRetryable: failures >= retry.attempts,
      nextRetryDelay: retryPauseMs(retry, failures),
    });
  }
}
