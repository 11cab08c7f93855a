import { HandlerUnfinishedPolicy } from '@temporalio/common';
import {
  CancellationScope,
  type ChildWorkflowHandle,
  condition,
  setHandler,
  startChild,
} from '@temporalio/workflow';
import { DEFAULT_EPOCHS } from '../default-epochs.ts';
import { isNetwork } from '../is-network.ts';
import type { Extension, ExtensionRequest } from '../schemas/extension.ts';
import type { Job } from '../schemas/job.ts';
import { BudgetClock } from './budget-clock.ts';
import { findExtensionFault } from './check-extension.ts';
import { ExtensibleTrainings } from './extensible-trainings.ts';
import {
  attachUpdate,
  extendSignal,
  extendUpdate,
  pauseSignal,
  pauseUpdate,
  resumeSignal,
  resumeUpdate,
  steer,
} from './messages.ts';
import { PausableWork } from './pausable-work.ts';
import { refusal } from './refusal.ts';
import type { RunProgress } from './run-progress.ts';
import type { StudyInput, study } from './study.ts';
import type { StudyState } from './trials.ts';

const TWIN = { description: 'As the update of this name, without an answer' };

/** Obeys what a run is told from outside while it goes on: its messages, wired to what they change. */
export class RunControl {
  readonly work = new PausableWork();
  readonly clock = BudgetClock.start({});
  readonly trainings = new ExtensibleTrainings();
  readonly #workflowId: string;
  readonly #progress: RunProgress;
  readonly #record: (extension: Extension) => Promise<void>;
  #job: Job | null = null;
  #study: ChildWorkflowHandle<typeof study> | null = null;
  #steered: Promise<void> = Promise.resolve();
  #recorded: Promise<void> = Promise.resolve();

  constructor(
    workflowId: string,
    progress: RunProgress,
    record: (extension: Extension) => Promise<void>,
  ) {
    this.#workflowId = workflowId;
    this.#progress = progress;
    this.#record = record;
    setHandler(attachUpdate, () => this.#whenBegun(), {
      description: 'Answers with the job, as soon as it has been read',
      unfinishedPolicy: HandlerUnfinishedPolicy.ABANDON,
    });
    setHandler(pauseUpdate, () => this.#pause(), {
      description: 'Stop at checkpoints and free the slots, until resumed',
      validator: () => this.#refuseWhile(this.work.paused),
    });
    setHandler(resumeUpdate, () => this.#resume(), {
      description: 'Go on after a pause',
      validator: () => this.#refuseWhile(!this.work.paused),
    });
    setHandler(extendUpdate, (request) => this.#extend(request), {
      description: 'Larger totals: {"trials": 50}, {"epochs": 200} or both',
      validator: (request) => this.#refuseExtension(request),
    });
    setHandler(pauseSignal, () => this.#pause(), TWIN);
    setHandler(resumeSignal, () => this.#resume(), TWIN);
    setHandler(
      extendSignal,
      async (request) => {
        if (this.#extensionFault(request) === undefined) await this.#extend(request);
      },
      TWIN,
    );
  }

  /** The job has been read: from here on there is a budget. */
  begin(job: Job): void {
    this.#job = job;
    this.clock.set({ ...this.clock.state, budget: job.budget });
  }

  /** Nothing goes on, and everything is recorded, when this is done. */
  async close(): Promise<void> {
    await this.work.close();
    await CancellationScope.nonCancellable(() => this.#recorded);
  }

  /** Runs a study as a child, which is told of whatever this run is told. */
  async runStudy(input: Omit<StudyInput, 'budget' | 'paused'>): Promise<StudyState> {
    await this.work.mayStart();
    const { state: budget } = this.clock;
    const child = await startChild<typeof study>('study', {
      args: [{ ...input, budget, paused: false }],
      workflowId: `${this.#workflowId}/study/${input.run.runId}`,
      parentClosePolicy: 'REQUEST_CANCEL',
      staticSummary: `${input.job.name ?? ''}: trials`,
    });
    this.#study = child;
    // What was said while it started.
    if (this.clock.state !== budget) this.#steer();
    try {
      return await child.result();
    } finally {
      this.#study = null;
    }
  }

  async #whenBegun(): Promise<{ readonly job: Job }> {
    await condition(() => this.#job !== null);
    return { job: this.#job as Job };
  }

  #pause(): void {
    this.work.pause();
    this.clock.pause();
    this.#progress.paused(true);
    this.#steer();
  }

  #resume(): void {
    this.work.resume();
    this.clock.resume();
    this.#progress.paused(false);
    this.#steer();
  }

  async #extend(request: ExtensionRequest): Promise<Extension> {
    const { trials, epochs } = request;
    const at = new Date().toISOString();
    if (trials !== undefined) {
      this.clock.extendTrials(trials);
      this.#steer();
    }
    const trainings = epochs === undefined ? [] : this.trainings.extend(epochs);
    if (trainings.length > 0) this.work.restart();
    const extension = { at, request, trainings };
    const record = () => CancellationScope.nonCancellable(() => this.#record(extension));
    // One after another: each adds to what the one before has written.
    this.#recorded = this.#recorded.then(record);
    await this.#recorded;
    return extension;
  }

  /** One message after another, so that the last one said is the one that holds. */
  #steer(): void {
    const child = this.#study;
    if (child === null) return;
    const order = { paused: this.work.paused, budget: this.clock.state };
    // A study that has just ended needs no word: what it came to is looked at with the latest totals.
    this.#steered = this.#steered.then(() => child.signal(steer, order).catch(() => undefined));
  }

  #refuseWhile(isSo: boolean): void {
    if (!isSo) return;
    const { paused } = this.work;
    throw refusal({
      code: paused ? 'RunPaused' : 'RunNotPaused',
      field: 'workflow id',
      value: this.#workflowId,
      expected: paused ? 'a run that is not paused' : 'a run that is paused',
      remedy: `This one ${paused ? 'is' : 'is not'} paused: '${paused ? 'resume' : 'pause'}' is what can be done.`,
    });
  }

  #refuseExtension(request: ExtensionRequest): void {
    const fault = this.#extensionFault(request);
    if (fault !== undefined) throw refusal(fault);
  }

  #extensionFault(request: ExtensionRequest) {
    const job = this.#job;
    if (job === null) {
      const expected = 'a run that has read its job';
      const remedy = 'It has only just begun: try again in a moment.';
      return {
        code: 'RunNotBegun',
        field: 'workflow id',
        value: this.#workflowId,
        expected,
        remedy,
      };
    }
    const hasNetwork = job.estimators?.some(isNetwork) ?? true;
    const given = (['mlp', 'cnn'] as const).map((name) => job.hyperparameters[name]?.['epochs']);
    const planned = Math.min(
      Number(given.find((epochs) => epochs !== undefined) ?? DEFAULT_EPOCHS),
      job.budget.epochs ?? Number.POSITIVE_INFINITY,
    );
    return findExtensionFault(request, {
      trials: this.clock.maxTrials,
      epochs: this.trainings.epochs(hasNetwork ? planned : null),
      searchIsOver: this.#progress.isOver('tune'),
      trainingIsOver: this.trainings.isOver || this.#progress.isOver('optimise'),
    });
  }
}
