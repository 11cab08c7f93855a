import type { Context } from '@temporalio/activity';
import { stepNote } from '../workflows/messages.ts';

/** What a step says of itself. */
export interface StepNote {
  readonly message: string;
  /** Done of the whole, from 0 to 1. */
  readonly share?: number | undefined;
}

const FIRST_AFTER_MS = 1_000;
const LONGEST_INTERVAL_MS = 60_000;

/** Tells a run what one of its steps is doing: seldom, because each message is an event of its history. */
export class NoteReporter {
  readonly #context: Context;
  readonly #listener: { readonly workflowId: string; readonly runId: string };
  readonly #step: string;
  #nextAtMs = Date.now() + FIRST_AFTER_MS;
  #intervalMs = FIRST_AFTER_MS;
  #sent: Promise<unknown> = Promise.resolve();

  constructor(
    context: Context,
    listener: { readonly workflowId: string; readonly runId: string },
    step: string,
  ) {
    this.#context = context;
    this.#listener = listener;
    this.#step = step;
  }

  report({ message, share }: StepNote): void {
    if (Date.now() < this.#nextAtMs) return;
    this.#intervalMs = Math.min(LONGEST_INTERVAL_MS, this.#intervalMs * 1.5);
    this.#nextAtMs = Date.now() + this.#intervalMs;
    const { workflowId, runId } = this.#listener;
    const handle = this.#context.client.workflow.getHandle(workflowId, runId);
    const text = share === undefined ? message : `${Math.round(share * 100)} %: ${message}`;
    // A courtesy: a run that has closed, or a server that is away, must not fail a step.
    this.#sent = handle.signal(stepNote, { step: this.#step, text }).catch(() => undefined);
  }

  /** Waits until what was said has arrived. */
  async close(): Promise<void> {
    await this.#sent;
  }
}
