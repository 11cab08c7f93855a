import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LifecycleClient } from '../../../src/client/lifecycle-client.ts';
import { PipelineClient } from '../../../src/client/pipeline-client.ts';
import { RunFailed } from '../../../src/client/run-failure.ts';
import { readConfig } from '../../../src/config.ts';
import { connectionSettings } from '../../../src/connection.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import type { RunState } from '../../../src/schemas/run-state.ts';
import type { CommandHome } from '../../support/command.ts';
import { problemOfRejected } from '../../support/input-problem.ts';
import { pipelineOf } from '../../support/pipelines.ts';
import { Relay } from '../../support/relay.ts';
import { openTypedClients } from '../../support/typed-clients.ts';
import { until } from '../../support/until.ts';

let home: CommandHome;
let client: LifecycleClient;
let graphs: PipelineClient;
let quick: JobInput;
let slow: JobInput;
beforeAll(async () => {
  ({ home, client, graphs, quick, slow } = await openTypedClients());
});
afterAll(async () => {
  await client.close();
  await home.remove();
});

describe('starting or attaching by a business id', () => {
  test('gives two callers at once the same run, and a third after its end another', async () => {
    const [first, second] = await Promise.all([
      client.startOrAttach('churn/nightly', quick, { requestedBy: 'first' }),
      client.startOrAttach('churn/nightly', quick, { requestedBy: 'second' }),
    ]);
    const results = await Promise.all([client.result(first), client.result(second)]);
    expect(results[0]).toMatchObject({ model: 'customers-left', version: 1 });
    expect(results[1]).toEqual(results[0]);
    const third = await client.startOrAttach('churn/nightly', quick);
    expect((await client.result(third)).version).toBe(2);
  });

  test('refuses a run under way that has another job', async () => {
    const run = await client.startOrAttach('churn/slow', slow);
    const other = client.startOrAttach('churn/slow', { ...slow, seed: 7 });
    expect(await problemOfRejected(other)).toMatchObject({
      code: 'OtherRequest',
      value: 'churn/slow',
    });
    await client.cancel('churn/slow');
    const failure: unknown = await client.result(run).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RunFailed);
    expect((failure as RunFailed).how).toBe('cancelled');
  });
});

describe('starting or attaching to a graph by a business id', () => {
  const inputs = { note: { type: 'string', default: 'now' }, rows: { type: 'integer' } };
  const gate = { id: 'gate', uses: 'approval', with: { question: { $from: 'inputs.note' } } };
  const graph = pipelineOf([gate], { inputs, outputs: { by: { $from: 'steps.gate.by' } } });
  const decision = { step: 'gate', decision: 'approve' as const, by: 'Ada', why: 'fine' };

  test('gives two callers at once the same run, and a third after its end another', async () => {
    const [first, second] = await Promise.all([
      graphs.startOrAttach('gate/nightly', graph, { inputs: { rows: 3 } }),
      // What is a default may be said.
      graphs.startOrAttach('gate/nightly', graph, { inputs: { rows: 3, note: 'now' } }),
    ]);
    await decide('gate/nightly');
    const results = await Promise.all([graphs.result(first), graphs.result(second)]);
    expect(results[0]).toMatchObject({ status: 'completed', outputs: { by: 'Ada' } });
    expect(results[1]).toEqual(results[0]);
    const third = await graphs.startOrAttach('gate/nightly', graph, { inputs: { rows: 3 } });
    await decide('gate/nightly');
    expect((await graphs.result(third)).runId).not.toBe(results[0].runId);
  });

  test.each([
    ['other inputs', graph, { inputs: { rows: 4 } }],
    ['another graph', pipelineOf([gate], { inputs }), { inputs: { rows: 3 } }],
    ['another priority', graph, { inputs: { rows: 3 }, priority: 'backfill' as const }],
  ])('refuses a run under way that has %s', async (_, other, options) => {
    const run = await graphs.startOrAttach('gate/taken', graph, { inputs: { rows: 3 } });
    const attached = graphs.startOrAttach('gate/taken', other, options);
    expect(await problemOfRejected(attached)).toMatchObject({
      ...{ code: 'OtherRequest', value: 'gate/taken' },
    });
    expect((await run.describe()).status.name).toBe('RUNNING');
  });

  test('refuses a run under way that is a lifecycle', async () => {
    const run = await client.startOrAttach('churn/of-jobs', slow);
    const attached = graphs.startOrAttach('churn/of-jobs', graph, { inputs: { rows: 3 } });
    expect(await problemOfRejected(attached)).toMatchObject({ code: 'OtherRequest' });
    await run.cancel();
  });

  test('gives the run of a request that is not right, whose result tells why', async () => {
    const run = await graphs.startOrAttach('gate/wrong', graph, { inputs: { rows: 'many' } });
    const failure: unknown = await graphs.result(run).catch((error: unknown) => error);
    expect((failure as RunFailed).problem).toMatchObject({
      code: 'WrongType',
      field: 'inputs.rows',
    });
  });

  async function decide(id: string): Promise<void> {
    const run = await graphs.existing(id);
    await until(async () => (await graphs.state(run))?.approvals[0]);
    await graphs.decide(id, decision);
  }
});

describe('progress', () => {
  test('is told each time that it changes, until the end', async () => {
    const run = await client.start(quick);
    const states: RunState[] = [];
    for await (const state of client.progress(run, { everyMs: 50 })) states.push(state);
    expect(states.at(-1)?.status).toBe('completed');
    expect(states.length).toBeGreaterThan(2);
    const texts = states.map((state) => JSON.stringify(state));
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('ends when its reader has had enough, and the run goes on', async () => {
    const run = await client.start(slow);
    for await (const state of client.progress(run)) if (state.steps.length > 0) break;
    expect((await run.describe()).status.name).toBe('RUNNING');
    await client.cancel(run.workflowId);
    const states: string[] = [];
    for await (const state of client.progress(run)) states.push(state.status);
    expect(states.at(-1)).toBe('cancelled');
  });
});

test("a graph's result is waited for through an outage of the server", async () => {
  const settings = await connectionSettings(readConfig(home.environment));
  const relay = await Relay.before(settings.address);
  const connection = await Connection.connect({ address: relay.address });
  const pipelines = new PipelineClient(new Client({ connection }), settings);
  const gate = { id: 'gate', uses: 'approval', with: { question: 'Shall it go on?' } };
  const outputs = { by: { $from: 'steps.gate.by' } };
  const run = await pipelines.start(pipelineOf([gate], { outputs }));
  const result = pipelines.result(run);
  const states = pipelines.progress(run, { everyMs: 50 });
  for (let asks = false; !asks; ) {
    const { value, done } = await states.next();
    expect(done).toBe(false);
    asks = value?.approvals[0]?.step === 'gate';
  }
  const impatient = run.result();
  relay.cut();
  // The outage lasts for as long as Temporal's own client can wait.
  await expect(impatient).rejects.toThrow('Failed to get Workflow execution history');
  relay.mend();
  const decision = { step: 'gate', decision: 'approve' as const, by: 'Ada', why: 'fine' };
  await until(() => run.describe().catch(() => null), { everyMs: 100 });
  await pipelines.decide(run.workflowId, decision);
  expect(await result).toMatchObject({ status: 'completed', outputs: { by: 'Ada' } });
  let last: string | undefined;
  for await (const { status } of states) last = status;
  expect(last).toBe('completed');
  await pipelines.close();
  await relay.close();
}, 240_000);
