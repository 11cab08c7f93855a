import type { Context } from '@temporalio/activity';
import type { TrainingProgress } from '../schemas/training.ts';
import { trainingProgress } from '../workflows/messages.ts';

/** The piece of work that a message tells of, and the run that it is for. */
interface Work {
  readonly workflowId: string;
  readonly runId: string;
  readonly label: string;
}

const FIRST_AFTER_MS = 2_000;
const LONGEST_INTERVAL_MS = 60_000;

/**
 * Tells the run, whose workflow may be another than the activity's, and which shows it in its current details. Each message is an event in the
 * history, so the first comes after 2 s, and each later one waits half as long again, up to a minute.
 */
export class ProgressReporter {
  readonly #context: Context;
  readonly #work: Work;
  #nextAtMs = Date.now() + FIRST_AFTER_MS;
  #intervalMs = FIRST_AFTER_MS;
  #sent: Promise<unknown> | undefined;

  constructor(context: Context, work: Work) {
    this.#context = context;
    this.#work = work;
  }

  report(progress: TrainingProgress): void {
    if (Date.now() < this.#nextAtMs) return;
    this.#intervalMs = Math.min(LONGEST_INTERVAL_MS, this.#intervalMs * 1.5);
    this.#nextAtMs = Date.now() + this.#intervalMs;
    this.#send(progress);
  }

  /** Takes the line away, if there is one. */
  async close(): Promise<void> {
    if (this.#sent === undefined) return;
    this.#send(null);
    await this.#sent;
  }

  #send(progress: TrainingProgress | null): void {
    const { workflowId, runId, label } = this.#work;
    const handle = this.#context.client.workflow.getHandle(workflowId, runId);
    // Progress is a courtesy: a run that has closed, or a server that is away, must not fail a training.
    this.#sent = handle.signal(trainingProgress, { label, progress }).catch(() => undefined);
  }
}
