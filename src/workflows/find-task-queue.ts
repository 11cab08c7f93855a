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
