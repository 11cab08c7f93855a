import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, type WorkflowFailedError } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readStack } from '../../../src/connection.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import type { orderModel } from '../../support/nexus-caller.ts';
import { slowJob } from '../../support/slow-job.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { until } from '../../support/until.ts';

const NAMESPACE = 'callers';
const ENDPOINT = 'sevenfold';

let runs: LocalRuns;
let data: string;
let caller: Client;
let worker: Worker;
let connection: NativeConnection;
let working: Promise<void>;

beforeAll(async () => {
  runs = await LocalRuns.create();
  data = await writeCsv(join(runs.home.home, 'customers.csv'), customerHeader, customers(300));
  const { workflowService, operatorService } = runs.client.connection;
  const retention = { seconds: 86_400 as unknown as Long };
  await workflowService.registerNamespace({
    namespace: NAMESPACE,
    workflowExecutionRetentionPeriod: retention,
  });
  await operatorService.createNexusEndpoint({
    spec: {
      name: ENDPOINT,
      target: { worker: { namespace: 'default', taskQueue: 'sevenfold' } },
    },
  });
  caller = new Client({ connection: runs.client.connection, namespace: NAMESPACE });
  const address = (await readStack(runs.home.home))?.address ?? '';
  connection = await NativeConnection.connect({ address });
  // A namespace that was just made is not known to all of the server at once.
  worker = await until(() => createWorker().catch(() => null), { everyMs: 500 });
  working = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await working;
  await connection.close();
  await runs.remove();
});

const createWorker = () =>
  Worker.create({
    ...{ connection, namespace: NAMESPACE, taskQueue: 'callers' },
    workflowsPath: fileURLToPath(new URL('../../support/nexus-caller.ts', import.meta.url)),
  });

const order = (id: string, input: Parameters<typeof orderModel>[1]['input']) =>
  caller.workflow.start<typeof orderModel>('orderModel', {
    ...{ taskQueue: 'callers', workflowId: `order-${id}` },
    args: [ENDPOINT, { id, input, requestedBy: 'price team' }],
  });

test('a workflow of another namespace has a model trained, and reads the result', async () => {
  const job = {
    ...{ data, target: 'left', estimators: ['logistic' as const] },
    ...{ budget: { trials: 1 }, optimise: { rounds: 0 } },
  };
  const { result, state } = await (await order('churn/1', job)).result();
  expect(result).toMatchObject({ model: 'customers-left', version: 1, metric: 'roc_auc' });
  expect(state.status).toBe('completed');
  const run = await runs.client.workflow.getHandle('churn/1').describe();
  expect(run).toMatchObject({ type: 'lifecycle', memo: { requestedBy: 'price team' } });
  expect(run.runId).toBe(result.runId);
});

test('an input that is not right is refused, with the field and the remedy', async () => {
  const job = { data, target: 'left', metrc: 'f1' } as unknown as { data: string; target: string };
  const refused = await (await order('churn/2', job)).result().catch((error: unknown) => error);
  const messages: string[] = [];
  for (let cause = refused as Error | undefined; cause; cause = cause.cause as WorkflowFailedError)
    messages.push(cause.message);
  expect(messages.join('\n')).toContain("Did you mean 'metric'?");
});

test('cancelling the caller cancels the run', async () => {
  const ordered = await order('churn/3', slowJob(data, 50_000));
  const run = runs.client.workflow.getHandle('churn/3');
  await until(() => run.describe().catch(() => null), { everyMs: 100 });
  await ordered.cancel();
  const status = await until(
    async () => {
      const { name } = (await run.describe()).status;
      return name === 'RUNNING' ? null : name;
    },
    { everyMs: 200 },
  );
  expect(status).toBe('CANCELLED');
});
