import { setHandler, workflowInfo } from '@temporalio/workflow';
import type { Budget } from '../schemas/job.ts';
import { BudgetClock } from './budget-clock.ts';
import { pauseSignal, pauseUpdate, resumeSignal, resumeUpdate } from './messages.ts';
import { PausableWork } from './pausable-work.ts';
import { refusal } from './refusal.ts';
import type { RunProgress } from './run-progress.ts';

/** Obeys what a run is told from outside while it goes on: its messages, wired to what they change. */
export class RunControl {
  readonly work = new PausableWork();
  readonly clock = BudgetClock.start({});
  readonly #progress: RunProgress;

  constructor(progress: RunProgress) {
    this.#progress = progress;
    setHandler(pauseUpdate, () => this.#pause(), {
      description: 'Stop at checkpoints and free the slots, until resumed',
      validator: () => this.#refuseUnless(!this.work.paused, 'pause', 'a run that is not paused'),
    });
    setHandler(resumeUpdate, () => this.#resume(), {
      description: 'Go on after a pause',
      validator: () => this.#refuseUnless(this.work.paused, 'resume', 'a run that is paused'),
    });
    setHandler(pauseSignal, () => this.#pause(), { description: 'As the update of this name' });
    setHandler(resumeSignal, () => this.#resume(), { description: 'As the update of this name' });
  }

  /** The job has been read: from here on there is a budget. */
  begin(budget: Budget): void {
    this.clock.set({ ...this.clock.state, budget });
  }

  #pause(): void {
    this.work.pause();
    this.clock.pause();
    this.#progress.paused(true);
  }

  #resume(): void {
    this.work.resume();
    this.clock.resume();
    this.#progress.paused(false);
  }

  #refuseUnless(condition: boolean, verb: 'pause' | 'resume', expected: string): void {
    if (condition) return;
    const { workflowId } = workflowInfo();
    const other = verb === 'pause' ? 'resume' : 'pause';
    const state = this.work.paused ? 'is paused already' : 'is not paused';
    throw refusal({
      code: verb === 'pause' ? 'RunPaused' : 'RunNotPaused',
      field: 'workflow id',
      value: workflowId,
      expected,
      remedy: `This one ${state}: '${other}' is what can be done.`,
    });
  }
}
