import { proxyActivities } from '@temporalio/workflow';
import { heavyWork } from '../../src/workflows/activity-profiles.ts';
import type { noOp } from './raw-worker.ts';

const activities = proxyActivities<{ noOp: typeof noOp }>({
  ...heavyWork,
  taskQueue: 'raw-activities',
});

/** Activities, each of which waits for the one before. */
export async function rawChain(length: number): Promise<number> {
  let number = 0;
  for (let place = 0; place < length; place++) number = await activities.noOp(number);
  return number;
}

/** An activity for each number, at most so many at once. */
export async function rawFanOut(width: number, atOnce: number): Promise<number> {
  let next = 0;
  let sum = 0;
  const lane = async () => {
    while (next < width) sum += await activities.noOp(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return sum;
}
