import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LifecycleClient } from '../../../src/client/lifecycle-client.ts';
import type { PipelineClient } from '../../../src/client/pipeline-client.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import type { CommandHome } from '../../support/command.ts';
import { pipelineOf } from '../../support/pipelines.ts';
import { quickRetraining } from '../../support/quick-job.ts';
import { openTypedClients } from '../../support/typed-clients.ts';
import { until } from '../../support/until.ts';

let home: CommandHome;
let client: LifecycleClient;
let graphs: PipelineClient;
let quick: JobInput;
let slow: JobInput;
beforeAll(async () => {
  ({ home, client, graphs, quick, slow } = await openTypedClients());
}, 180_000);
afterAll(async () => {
  await client.close();
  await home.remove();
}, 60_000);

const inner = {
  name: 'inner',
  steps: [{ id: 'ask', uses: 'approval', with: { question: 'And inside?' } }],
};
const gated = pipelineOf(
  [
    { id: 'gate', uses: 'approval', with: { question: 'Shall it go on?' } },
    { id: 'inner', uses: 'pipeline', pipeline: inner },
  ],
  { outputs: { by: { $from: 'steps.gate.by' } } },
);
const approve = (id: string, step: string) =>
  home.run('approve', id, step, '--why', 'fine', '--by', 'Ada');
/** A graph whose steps both wait for somebody. */
async function startGated(id: string): Promise<void> {
  const run = await graphs.start(gated, { id });
  await until(async () => (await graphs.state(run))?.approvals[0], { everyMs: 50 });
  const part = client.temporal.workflow.getHandle(`${id}/inner`);
  await until(() => part.describe().catch(() => null), { everyMs: 50 });
}
interface Listed {
  readonly workflowId: string;
  readonly kind: string;
  readonly status: string;
}
const listed = async (...options: string[]) =>
  (await home.run('list', '--json', ...options)).json['runs'] as Listed[];

test('list shows runs of all kinds, by themselves, and those that are asked for', async () => {
  await startGated('listed-graph');
  await client.start(slow, { id: 'listed-lifecycle' });
  await client.cancel('listed-lifecycle');
  await client.temporal.workflow.start('retrain', {
    ...{ taskQueue: 'sevenfold', workflowId: 'listed-retraining', args: [{ name: 'x' }] },
  });
  const expected = [
    { workflowId: 'listed-graph', kind: 'graph', status: 'running' },
    { workflowId: 'listed-lifecycle', kind: 'lifecycle', status: 'cancelled' },
    { workflowId: 'listed-retraining', kind: 'retraining', status: 'failed' },
  ];
  // Lists follow with a delay.
  const all = await until(async () => {
    const runs = await listed();
    const isThere = ({ workflowId, status }: Listed) =>
      runs.some((run) => run.workflowId === workflowId && run.status === status);
    return expected.every(isThere) ? runs : null;
  });
  const ids = all.map(({ workflowId }) => workflowId).sort();
  expect(ids).toEqual(expected.map(({ workflowId }) => workflowId));
  for (const { workflowId, kind, status } of expected) {
    const ofKind = await listed('--kind', kind);
    expect(ofKind.map((run) => run.workflowId)).toEqual([workflowId]);
    const ofStatus = await listed('--status', status);
    expect(ofStatus.map((run) => run.workflowId)).toEqual([workflowId]);
  }
  expect(await listed('--kind', 'graph', '--status', 'failed')).toEqual([]);
  expect(await listed('--limit', '1')).toHaveLength(1);
  expect((await home.run('list')).stdout).toMatch(/listed-graph +graph +running/);
  const wrong = await home.run('list', '--kind', 'graphs');
  expect(wrong).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('one of lifecycle, graph'),
  });
  await graphs.cancel('listed-graph');
}, 300_000);

describe('a run of a graph', () => {
  test('is looked at, paused, resumed, answered and followed like a lifecycle', async () => {
    await startGated('steered');
    const asked = await home.run('status', 'steered');
    expect(asked.stdout).toMatch(/^steered: graph, running\n/);
    expect(asked.stdout).toMatch(/gate +running/);
    expect(asked.stdout).toContain('Shall it go on?\n    sevenfold approve steered gate --why');
    expect((await home.run('pause', 'steered')).code).toBe(0);
    const paused = await home.run('status', 'steered', '--json');
    expect(paused.json).toMatchObject({ kind: 'graph', status: 'paused' });
    expect((await home.run('resume', 'steered')).code).toBe(0);
    const following = home.run('attach', 'steered', '--json');
    expect((await approve('steered', 'gate')).code).toBe(0);
    expect((await approve('steered/inner', 'ask')).code).toBe(0);
    const { code, stderr, json } = await following;
    expect(code, stderr).toBe(0);
    expect(json).toMatchObject({
      workflowId: 'steered',
      status: 'completed',
      outputs: { by: 'Ada' },
    });
    expect(stderr).toMatch(/✔ gate/);
    expect((await home.run('explain', 'steered')).stdout).toMatch(/gate +completed/);
  }, 300_000);

  test('says what it can not be told, and so does a lifecycle', async () => {
    await startGated('no-lifecycle');
    const extended = await home.run('extend', 'no-lifecycle', '--trials', '5');
    expect(extended.code).toBe(2);
    expect(extended.stderr).toContain("a run that can be told 'extend': lifecycle, step");
    expect(extended.stderr).toContain('This is a graph, which takes pause, resume, approve');
    await client.start(slow, { id: 'no-graph' });
    const answered = await approve('no-graph', 'gate');
    expect(answered.code).toBe(2);
    expect(answered.stderr).toContain('This is a lifecycle, which takes pause, resume, extend');
    await client.cancel('no-graph');
    expect((await home.run('cancel', 'no-lifecycle')).code).toBe(0);
    const attached = await home.run('attach', 'no-lifecycle');
    expect(attached).toMatchObject({ code: 1, stderr: expect.stringContaining('was cancelled') });
    const again = await home.run('rerun', 'no-lifecycle', '--from', 'gate');
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("It ran the pipeline 'test'");
  }, 300_000);

  test('has steps of the seven that are looked at and followed by themselves', async () => {
    const prepare = { id: 'prepare', uses: 'preprocess', with: { job: quick } };
    const run = await graphs.start(pipelineOf([prepare]), { id: 'of-seven' });
    await graphs.result(run);
    const status = await home.run('status', 'of-seven/prepare');
    expect(status.stdout).toMatch(/^of-seven\/prepare: step, completed\n/);
    const { code, json } = await home.run('attach', 'of-seven/prepare', '--json');
    expect({ code, json }).toMatchObject({ code: 0, json: { outputs: { data: { rows: {} } } } });
  }, 300_000);
});

test('a retraining is followed to its decision; what is told goes to the lifecycle in it', async () => {
  const { data, target, estimators } = quick;
  await client.temporal.workflow.start('retrain', {
    ...{ taskQueue: 'sevenfold', workflowId: 'nightly' },
    args: [{ name: 'left', data, job: { target, estimators, ...quickRetraining } }],
  });
  const paused = await home.run('pause', 'nightly');
  expect(paused.code).toBe(2);
  expect(paused.stderr).toContain('This is a retraining, which can be cancelled alone');
  const followed = await home.run('attach', 'nightly');
  expect(followed.code, followed.stderr).toBe(0);
  expect(followed.stdout).toMatch(/first: .+\nmodel +left, version 1 \(champion\)/);
  expect((await home.run('status', 'nightly')).stdout).toMatch(/^nightly: retraining, completed\n/);
}, 300_000);

test('what else goes on in the namespace is no run', async () => {
  await client.temporal.workflow.start('study', {
    ...{ taskQueue: 'nobody-there', workflowId: 'no-run', args: [] },
  });
  const cancelled = await home.run('cancel', 'no-run');
  expect(cancelled).toMatchObject({ code: 2, stderr: expect.stringContaining('the id of a run') });
  await client.temporal.workflow.getHandle('no-run').terminate();
}, 60_000);
