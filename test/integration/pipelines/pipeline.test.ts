import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadPipeline } from '../../../src/pipelines/load-pipeline.ts';
import type { PipelineResult, PipelineState } from '../../../src/schemas/pipeline-run.ts';
import { barFiles, drawBar, toPng, writeFiles } from '../../support/images.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { childrenOf } from '../../support/processes.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { ToldEpochs } from '../../support/told-epochs.ts';
import { until } from '../../support/until.ts';

const examples = resolve(import.meta.dirname, '../../../examples');
const fixtures = resolve(import.meta.dirname, '../../fixtures');
let runs: LocalRuns;
let count = 0;

beforeAll(async () => {
  runs = await LocalRuns.create();
}, 400_000);
afterAll(() => runs.remove(), 60_000);

const start = (request: object) => {
  const workflowId = `graph-${++count}`;
  return runs.client.workflow.start('pipeline', {
    ...{ taskQueue: 'sevenfold', workflowId, args: [request] },
  });
};
const resultOf = async (request: object) =>
  (await (await start(request)).result()) as PipelineResult;
const example = async (name: string) => loadPipeline(`${examples}/${name}`);
const run = (...args: string[]) => runs.home.run('pipeline', 'run', ...args, '--json');

test('a graph of TypeScript steps comes to its outputs, by the command and by any client', async () => {
  const input = ['--input', 'numbers=[1, 2, 3]', '--input', 'extra=100'];
  const { code, json } = await run(`${fixtures}/sums.yaml`, ...input);
  expect(code).toBe(0);
  expect(json).toMatchObject({ status: 'completed', outputs: { sum: 114, small: 6.25 } });
  const graph = await loadPipeline(`${fixtures}/sums.ts`);
  const result = await resultOf({ pipeline: graph, inputs: { numbers: [4] } });
  expect(result.outputs).toEqual({ sum: 16, small: 6.25 });
  expect(result.hash).toBe(json['hash']);
  expect(result.steps.map(({ id, tasks }) => [id, tasks.completed])).toEqual([
    ['squares', 1],
    ['sum', 1],
    ['more', 1],
    ['small', 4],
  ]);
});

test('a graph that is wrong is refused at once, with path and remedy, before any step', async () => {
  const steps = [{ id: 'a', uses: 'preproces', with: {} }];
  const failure = await runs.failure(await start({ pipeline: { name: 'wrong', steps } }));
  expect(failure).toMatchObject({
    type: 'UnknownStepKind',
    message: expect.stringContaining("steps.a.uses: got 'preproces'"),
  });
  expect(failure.message).toContain("Did you mean 'preprocess'?");
  const unknown = await runs.failure(await start({ pipeline: 'nowhere' }));
  expect(unknown).toMatchObject({ type: 'UnknownPipeline' });
  const graph = await loadPipeline(`${fixtures}/sums.yaml`);
  const wrong = await runs.failure(await start({ pipeline: graph, inputs: { numbers: 'many' } }));
  expect(wrong).toMatchObject({ type: 'WrongType', message: expect.stringContaining('number[]') });
  expect(await runs.failure(await start({ data: 'x' }))).toMatchObject({
    type: 'InvalidPipelineRequest',
  });
});

test('5. a second run finds its steps in the cache, and explain tells why the others are not there', async () => {
  const file = `${examples}/05-typescript-step/pipeline.ts`;
  const text = `text=${examples}/05-typescript-step/text.txt`;
  const first = await run(file, '--input', text);
  expect(first.json).toMatchObject({ outputs: { frequent: ['and', 'the'] } });
  const second = await run(file, '--input', text, '--input', 'least=1');
  const explained = await runs.home.run('explain', String(second.json['workflowId']), '--json');
  expect(explained.json['steps']).toMatchObject([
    { id: 'count', cache: expect.stringMatching(/^hit: done by /) },
    { id: 'find', cache: 'miss: changed since it was done last: least' },
  ]);
  const third = await run(file, '--input', text, '--cache', 'refresh');
  expect(third.json['steps']).toMatchObject([
    { cache: 'miss: refreshed' },
    { cache: 'miss: refreshed' },
  ]);
});

test('a built-in step is found again in the cache until what its job names has changed', async () => {
  const images = await writeFiles(join(runs.home.home, 'bars'), await barFiles(8));
  const table = await writeCsv(join(runs.home.home, 'table.csv'), customerHeader, customers(300));
  const test = await writeCsv(join(runs.home.home, 'test.csv'), customerHeader, customers(60));
  const cachesOf = async (job: object) => {
    const step = { id: 'data', uses: 'preprocess', with: { job } };
    const { steps } = await resultOf({ pipeline: { name: 'cached', steps: [step], cache: 'use' } });
    return steps[0]?.cache;
  };
  const ofImages = { data: images, target: 'label' };
  const ofTables = { data: table, target: 'left', split: { kind: 'file', test } };
  for (const job of [ofImages, ofTables]) {
    expect(await cachesOf(job)).toMatch(/^miss/);
    expect(await cachesOf(job)).toMatch(/^hit/);
  }
  await writeFiles(images, { 'lying/1.png': await toPng(drawBar('lying', 77)) });
  await writeCsv(test, customerHeader, customers(61));
  for (const job of [ofImages, ofTables]) expect(await cachesOf(job)).toMatch(/^miss/);
});

test('6. a program that is killed with its worker goes on from its checkpoint, to the same', async () => {
  const pipeline = await example('06-exec-step/pipeline.yaml');
  const calm = await resultOf({ pipeline, inputs: { epochs: 12 } });
  const disturbed = await start({ pipeline, inputs: { epochs: 12, pause: 0.4 } });
  const epochs = new ToldEpochs(disturbed);
  await epochs.reached(3);
  const worker = await workerPid('worker-cpu');
  const programs = await until(async () => {
    const found = await childrenOf(worker, 'sevenfold-program');
    return found.length > 0 ? found : null;
  });
  process.kill(worker, 'SIGKILL');
  const result = (await disturbed.result()) as PipelineResult;
  expect(result.outputs['weights']).toEqual(calm.outputs['weights']);
  expect(result.outputs['accuracy']).toBe(calm.outputs['accuracy']);
  expect(result.outputs['model']).toEqual(calm.outputs['model']);
  // It did not begin anew: a program tells of its first epoch at once.
  await epochs.ended;
  expect(epochs.all).toEqual(epochs.all.toSorted((a, b) => a - b));
  // No program outlives its worker.
  for (const pid of programs) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('a program that ends by an exit code fails its step after as many attempts as it has', async () => {
  const command = ['sh', '-c', 'echo the disk is sticky >&2; exit 3'];
  const step = {
    id: 'bad',
    uses: 'exec',
    exec: { command },
    retry: { attempts: 2, initialSeconds: 0.1 },
  };
  const failed = await start({ pipeline: { name: 'failing', steps: [step] } });
  const failure = await runs.failure(failed);
  expect(failure).toMatchObject({ type: 'StepFailed' });
  expect(failure.message).toContain('exit code 3');
  expect(failure.message).toContain('the disk is sticky');
});

test('9. a model for each region', async () => {
  const file = `${examples}/09-model-per-region/pipeline.yaml`;
  const table = `table=${examples}/09-model-per-region/customers.csv`;
  const { code, json, stderr } = await run(file, '--input', table);
  expect(code, stderr).toBe(0);
  const { table: rows } = json['outputs'] as { table: { region: string; score: number }[] };
  expect(rows.map(({ region }) => region)).toEqual(['north', 'south', 'west']);
  // The noise has a standard deviation of 2.
  for (const { score } of rows) expect(score).toBeLessThan(4);
}, 300_000);

test('10. an approval gate waits for an answer, refuses bad ones, and keeps who gave it', async () => {
  const { json } = await run(`${examples}/10-approval-gate/pipeline.yaml`, '--detach');
  const workflowId = String(json['workflowId']);
  const handle = runs.client.workflow.getHandle(workflowId);
  await until(async () => {
    const state = await handle.query<PipelineState>('pipelineState').catch(() => null);
    return state?.approvals.find(({ step }) => step === 'gate');
  });
  const metadata = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  expect(metadata.currentDetails).toContain('**gate** waits for an approval: Shall this model');
  const wrong = await runs.home.run('approve', workflowId, 'gat', '--why', 'fine', '--json');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('one of gate');
  const told = ['approve', workflowId, 'gate', '--why', 'fine', '--by', 'Ada', '--json'];
  expect((await runs.home.run(...told)).code).toBe(0);
  expect(await handle.result()).toMatchObject({
    outputs: { released: true, by: 'Ada', why: 'fine' },
  });
  const explained = await runs.home.run('explain', workflowId, '--json');
  expect(explained.code).toBe(0);
});

test('11. a run with a budget stops with the best that it has', async () => {
  const { code, json } = await run(`${examples}/11-budget/pipeline.yaml`);
  expect(code).toBe(0);
  expect(json).toMatchObject({ status: 'stopped', usage: { trials: 4 } });
  const { best } = json['outputs'] as { best: { x: number; loss: number } };
  expect(best.loss).toBeCloseTo((best.x - 3) ** 2, 9);
  expect((json['usage'] as { money: number }).money).toBeGreaterThan(0);
});

test('a budget of time stops what is under way, and the last steps are done', async () => {
  const wait = { id: 'wait', uses: 'exec', exec: { command: ['sleep', '600'], stopSeconds: 1 } };
  const last = {
    ...{ id: 'last', uses: 'exec', output: { how: 'string' } },
    exec: { command: ['sh', '-c', 'cp "$SEVENFOLD_INPUTS" "$SEVENFOLD_OUTPUTS/outputs.json"'] },
    with: { how: { $from: 'run.status' } },
  };
  const result = await resultOf({
    pipeline: { name: 'short', budget: { seconds: 3 }, steps: [wait], finally: [last] },
  });
  expect(result.status).toBe('stopped');
  expect(result.steps).toMatchObject([
    { id: 'wait', status: 'skipped', note: 'the budget of 3 s is spent' },
    { id: 'last', status: 'completed' },
  ]);
});

test('one of the seven steps alone, and twice', async () => {
  const job = (seed: number) => ({
    ...{ data: `${examples}/02-line/line.csv`, target: 'y', seed, estimators: ['linear'] },
  });
  const prepare = (id: string, seed: number) => ({
    id,
    uses: 'preprocess',
    with: { job: job(seed) },
  });
  const steps = [
    ...[prepare('first', 1), prepare('second', 2)],
    { id: 'pick', uses: 'select', with: { job: job(1), data: { $from: 'steps.first.data' } } },
  ];
  const outputs = {
    rows: { $from: 'steps.second.data.rows' },
    lead: { $from: 'steps.pick.selection.best.candidate' },
  };
  const result = await resultOf({ pipeline: { name: 'parts', steps, outputs }, cache: 'use' });
  expect(result.outputs).toMatchObject({ rows: { test: 20 }, lead: { estimator: 'linear' } });
  const again = await resultOf({ pipeline: { name: 'parts', steps, outputs }, cache: 'use' });
  expect(again.outputs).toEqual(result.outputs);
  expect(again.steps.map(({ cache }) => cache?.split(':')[0])).toEqual(['hit', 'hit', 'hit']);
}, 300_000);

async function workerPid(name: string): Promise<number> {
  const stack = JSON.parse(await readFile(`${runs.home.home}/stack.json`, 'utf8')) as {
    processes: { name: string; pid: number }[];
  };
  return stack.processes.find((process) => process.name === name)?.pid ?? 0;
}
