import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { readStack } from '../../../src/connection.ts';
import type { PipelineState } from '../../../src/schemas/pipeline-run.ts';
import { CommandHome } from '../../support/command.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import type { orderGraph, orderModel } from '../../support/nexus-caller.ts';
import { quickJob } from '../../support/quick-job.ts';
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
  const home = await CommandHome.create();
  const { pipelines } = readConfig(home.environment);
  await mkdir(pipelines);
  await writeFile(join(pipelines, 'gate.json'), JSON.stringify(gate));
  runs = await LocalRuns.create(home);
  data = await writeCsv(join(runs.home.home, 'customers.csv'), customerHeader, customers(300));
  caller = await runs.namespace(NAMESPACE);
  const { operatorService } = runs.client.connection;
  await operatorService.createNexusEndpoint({
    spec: {
      name: ENDPOINT,
      target: { worker: { namespace: 'default', taskQueue: 'sevenfold' } },
    },
  });
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

/** A graph that waits for an answer. */
const gate = {
  ...{ name: 'gate', outputs: { by: { $from: 'steps.gate.by' } } },
  steps: [{ id: 'gate', uses: 'approval', with: { question: 'Shall it go on?' } }],
};
const orderOf = (id: string, input: Parameters<typeof orderGraph>[1]['input']) =>
  caller.workflow.start<typeof orderGraph>('orderGraph', {
    ...{ taskQueue: 'callers', workflowId: `order-${id}` },
    args: [ENDPOINT, { id, input, requestedBy: 'price team' }],
  });
const untilAsked = (id: string) =>
  until(
    async () => {
      const run = runs.client.workflow.getHandle(id);
      const state = await run.query<PipelineState>('pipelineState').catch(() => null);
      return state?.approvals[0];
    },
    { everyMs: 100 },
  );
const messagesOf = (error: unknown): string => {
  const messages: string[] = [];
  for (let cause = error as Error | undefined; cause; cause = cause.cause as Error | undefined)
    messages.push(cause.message);
  return messages.join('\n');
};

const order = (id: string, input: Parameters<typeof orderModel>[1]['input']) =>
  caller.workflow.start<typeof orderModel>('orderModel', {
    ...{ taskQueue: 'callers', workflowId: `order-${id}` },
    args: [ENDPOINT, { id, input, requestedBy: 'price team' }],
  });

test('a workflow of another namespace has a model trained, and reads the result', async () => {
  const { result, state } = await (await order('churn/1', quickJob(data))).result();
  expect(result).toMatchObject({ model: 'customers-left', version: 1, metric: 'roc_auc' });
  expect(state.status).toBe('completed');
  const run = await runs.client.workflow.getHandle('churn/1').describe();
  expect(run).toMatchObject({ type: 'lifecycle', memo: { requestedBy: 'price team' } });
  expect(run.runId).toBe(result.runId);
});

test('an input that is not right is refused, with the field and the remedy', async () => {
  const job = { data, target: 'left', metrc: 'f1' } as unknown as { data: string; target: string };
  const refused = await (await order('churn/2', job)).result().catch((error: unknown) => error);
  expect(messagesOf(refused)).toContain("Did you mean 'metric'?");
});

test('a workflow of another namespace has a graph run, answers it, and reads the result', async () => {
  const ordered = await orderOf('graph/1', { pipeline: 'gate' });
  await untilAsked('graph/1');
  const answer = { step: 'gate', decision: 'approve' as const, by: 'price team', why: 'fine' };
  await ordered.signal('decided', answer);
  const { result, state, refusal } = await ordered.result();
  expect(result).toMatchObject({ pipeline: 'gate', outputs: { by: 'price team' } });
  expect(state.approvals).toMatchObject([{ step: 'gate', question: 'Shall it go on?' }]);
  expect(refusal).toContain('one of gate');
  const run = await runs.client.workflow.getHandle('graph/1').describe();
  expect(run).toMatchObject({ type: 'pipeline', memo: { requestedBy: 'price team' } });
});

test('a graph is written out, too, and cancelled with its caller', async () => {
  const ordered = await orderOf('graph/2', { pipeline: gate });
  await untilAsked('graph/2');
  await ordered.cancel();
  const run = runs.client.workflow.getHandle('graph/2');
  const status = await until(
    async () => {
      const { name } = (await run.describe()).status;
      return name === 'RUNNING' ? null : name;
    },
    { everyMs: 200 },
  );
  expect(status).toBe('CANCELLED');
});

test('a graph that is not right, or a name that nobody knows, is refused at once', async () => {
  const wrong = { name: 'gate', steps: [{ id: 'gate', uses: 'aproval' }] };
  const refused = async (id: string, pipeline: unknown) =>
    messagesOf(await (await orderOf(id, { pipeline })).result().catch((error: unknown) => error));
  expect(await refused('graph/3', wrong)).toContain("Did you mean 'approval'?");
  expect(await refused('graph/4', 'gat')).toContain("Did you mean 'gate'?");
  await expect(runs.client.workflow.getHandle('graph/3').describe()).rejects.toThrow('not found');
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
