import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TemporalServer } from '../../support/temporal-server.ts';
import { until } from '../../support/until.ts';

const workflowsPath = fileURLToPath(new URL('../../support/workflows/waiting.ts', import.meta.url));

let server: TemporalServer;
beforeAll(async () => {
  server = await TemporalServer.start();
});
afterAll(() => server.stop());

test('work that waits gives signs of life, past one that fails, and none when it has ended', async () => {
  const connection = await NativeConnection.connect({ address: server.address });
  let given = 0;
  const renew = async () => {
    given += 1;
    if (given === 2) throw new Error('The store is away.');
  };
  const taskQueue = 'signs-of-life';
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath,
    activities: { renew },
  });
  const result = await worker.runUntil(async () => {
    const { workflow } = server.client;
    const run = await workflow.start('waiting', { taskQueue, workflowId: 'waiting' });
    await until(async () => given >= 4);
    await run.signal('goOn');
    return run.result();
  });
  await connection.close();
  expect(result).toBe('went on');
  const { status } = await server.client.workflow.getHandle('waiting').describe();
  expect(status.name).toBe('COMPLETED');
});
