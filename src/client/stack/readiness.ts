import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { InputError } from '../../errors.ts';

const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 90_000;

/** Until a Temporal server answers at an address, and its namespace exists. */
export const serverIsUp = (address: string): Promise<void> =>
  until('the Temporal server', 'temporal.log', async () => {
    const connection = await Connection.connect({ address, connectTimeout: '1s' });
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
    } finally {
      await connection.close();
    }
    return true;
  });

/** Until each task queue has a worker that polls it. */
export async function workersPoll(address: string, queues: readonly string[]): Promise<void> {
  const connection = await Connection.connect({ address });
  const hasPoller = async (name: string): Promise<boolean> => {
    const { pollers } = await connection.workflowService.describeTaskQueue({
      namespace: 'default',
      taskQueue: { name },
      taskQueueType: 2, // TASK_QUEUE_TYPE_ACTIVITY
    });
    return (pollers?.length ?? 0) > 0;
  };
  try {
    for (const queue of queues) {
      await until(`the worker on ${queue}`, 'worker-*.log', () => hasPoller(queue));
    }
  } finally {
    await connection.close();
  }
}

/** Until the prediction server answers. */
export const servesModels = (url: string): Promise<void> =>
  until('the prediction server', 'server.log', async () => (await fetch(`${url}/healthz`)).ok);

async function until(what: string, log: string, holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadlineMs) {
      throw new InputError({
        code: 'StackFailed',
        field: 'local stack',
        value: what,
        expected: `${what} to answer within ${PATIENCE_MS / 1000} s`,
        remedy: `Look into logs/${log} in SEVENFOLD_HOME, and run 'sevenfold doctor'.`,
      });
    }
    await pause(LOOK_EVERY_MS);
  }
}
