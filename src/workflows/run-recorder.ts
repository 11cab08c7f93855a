import {
  type ActivityInterfaceFor,
  CancellationScope,
  isCancellation,
  rootCause,
} from '@temporalio/workflow';
import type { BookkeepingActivities } from '../activities/index.ts';
import type { Values } from '../pipelines/graph-state.ts';
import type { Step } from '../schemas/pipeline.ts';
import type { StepRecord } from '../schemas/run.ts';

import type { PausableWork } from './pausable-work.ts';
import type { RunProgress } from './run-progress.ts';
import type { StepObserver } from './run-steps.ts';

/** Shows each step's start and end, and keeps its record in the store, where it outlives the history. */
export class RunRecorder implements StepObserver {
  readonly #runId: string;
  readonly #progress: RunProgress;
  readonly #activities: ActivityInterfaceFor<BookkeepingActivities>;
  readonly #work: PausableWork;
  readonly #onStep: (id: string) => void;
  readonly #startedAt = new Map<string, string>();

  constructor(
    runId: string,
    progress: RunProgress,
    activities: ActivityInterfaceFor<BookkeepingActivities>,
    work: PausableWork,
    onStep: (id: string) => void,
  ) {
    this.#runId = runId;
    this.#progress = progress;
    this.#activities = activities;
    this.#work = work;
    this.#onStep = onStep;
  }

  mayStart(): Promise<void> {
    return this.#work.mayStart();
  }

  started(step: Step): void {
    this.#startedAt.set(step.id, new Date().toISOString());
    this.#progress.started(step);
    this.#onStep(step.id);
  }

  async completed(step: Step, inputs: Values, outputs: Values): Promise<void> {
    this.#progress.ended(step, 'completed');
    await this.#record(step, 'completed', inputs, outputs, null);
  }

  async failed(step: Step, inputs: Values, error: unknown): Promise<void> {
    const failure = isCancellation(error) ? 'cancelled' : (rootCause(error) ?? String(error));
    this.#progress.ended(step, 'failed', failure);
    // A cancelled run still leaves its record.
    await CancellationScope.nonCancellable(() => this.#record(step, 'failed', inputs, {}, failure));
  }

  async #record(
    step: Step,
    status: StepRecord['status'],
    inputs: Values,
    outputs: Values,
    failure: string | null,
  ): Promise<void> {
    const finishedAt = new Date().toISOString();
    await this.#activities.recordStep({
      runId: this.#runId,
      step: {
        id: step.id,
        uses: step.uses,
        status,
        startedAt: this.#startedAt.get(step.id) ?? finishedAt,
        finishedAt,
        inputs,
        outputs,
        failure,
        reusedFrom: null,
      },
    });
  }
}
