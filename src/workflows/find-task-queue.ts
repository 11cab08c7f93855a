import { proxyLocalActivities, sleep } from '@temporalio/workflow';
import type { BookkeepingActivities } from '../activities/index.ts';
import type { Job } from '../schemas/job.ts';
import { localBookkeeping } from './activity-profiles.ts';

const { placeHeavyWork } = proxyLocalActivities<BookkeepingActivities>(localBookkeeping);

/** Picks the task queue for heavy work, and says so when nobody polls it, instead of waiting in silence. */
export async function findTaskQueue(
  { resources }: Pick<Job, 'resources'>,
  note: (text: string) => void,
): Promise<string> {
  const waitUntil = Date.now() + resources.waitSeconds * 1000;
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
