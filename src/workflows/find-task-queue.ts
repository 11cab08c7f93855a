import { proxyLocalActivities, sleep } from '@temporalio/workflow';
import type { BookkeepingActivities } from '../activities/index.ts';
import type { Job } from '../schemas/job.ts';
import { localBookkeeping } from './activity-profiles.ts';

const { placeHeavyWork } = proxyLocalActivities<BookkeepingActivities>(localBookkeeping);

type Resources = Pick<Job['resources'], 'gpu' | 'gpuModel'> & { readonly waitSeconds?: number };

/**
 * Picks the task queue for heavy work, and says so when nobody polls it, instead of waiting in silence.
 * @param resources what a job or a step asks for; without `waitSeconds` it waits without end
 */
export async function findTaskQueue(
  { waitSeconds = Number.POSITIVE_INFINITY, ...resources }: Resources,
  note: (text: string) => void,
): Promise<string> {
  const waitUntil = Date.now() + waitSeconds * 1000;
  for (;;) {
    const { taskQueue, pollers, remedy } = await placeHeavyWork({
      resources,
      giveUp: Date.now() >= waitUntil,
    });
    if (pollers > 0) return taskQueue;
    note(`waiting: no worker polls the task queue ${taskQueue}. ${remedy}`);
    await sleep('5s');
  }
}

/** One search for all steps that ask for the same; each of them says that it waits. */
export class QueueSearch {
  /** Of the queue, once a worker polls it. */
  readonly queue: Promise<string>;
  readonly #note: (step: string, text: string) => void;
  readonly #steps = new Set<string>();
  #said = '';

  constructor(resources: Resources, note: (step: string, text: string) => void) {
    this.#note = note;
    this.queue = findTaskQueue(resources, (text) => {
      this.#said = text;
      for (const step of this.#steps) note(step, text);
    });
  }

  /** A step is about to wait for the queue. */
  join(step: string): void {
    this.#steps.add(step);
    if (this.#said !== '') this.#note(step, this.#said);
  }

  /** The queue is found, and a step has waited for it. */
  leave(step: string): void {
    this.#said = '';
    if (this.#steps.delete(step)) this.#note(step, '');
  }
}
