import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { LifecycleClient } from '../../../src/client/lifecycle-client.ts';
import { readConfig } from '../../../src/config.ts';
import { isAlive } from '../../../src/process-lock.ts';
import { RunReport } from '../../../src/schemas/report.ts';
import type { LifecycleResult } from '../../../src/schemas/run.ts';
import type { CommandHome } from '../../support/command.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { quick, quickOptions } from '../../support/quick-job.ts';
import { customerHeader, customers, writeCsv, writeParquet } from '../../support/tables.ts';
import { until } from '../../support/until.ts';

let runs: LocalRuns;
let home: CommandHome;

beforeAll(async () => {
  runs = await LocalRuns.create();
  ({ home } = runs);
}, 180_000);
afterAll(() => runs.remove(), 60_000);

/** Runs a job through the command and gives its result, with its report for programs. */
async function run(...args: string[]): Promise<LifecycleResult & { reported: RunReport }> {
  const { code, stderr, json } = await home.run('run', ...quickOptions(), ...args, '--json');
  expect(code, stderr).toBe(0);
  const result = json as unknown as LifecycleResult;
  const report = await readFile(join(home.home, result.reportJson.uri), 'utf8');
  return { ...result, reported: RunReport.parse(JSON.parse(report)) };
}

describe('a table is read alike', () => {
  const rows = customers(120);
  let weights: string;
  const file = (name: string) => join(home.home, name);
  const forLeft = ['--target', 'left', '--set', 'estimators=[logistic]'];

  beforeAll(async () => {
    const data = await writeCsv(file('plain.csv'), customerHeader, rows);
    ({ weightsHash: weights } = await run('--data', data, ...forLeft));
  }, 60_000);

  test('as Parquet', async () => {
    const select = `select * from read_csv('${file('plain.csv')}', all_varchar = true)`;
    const data = await writeParquet(file('table.parquet'), select);
    expect((await run('--data', data, ...forLeft)).weightsHash).toBe(weights);
  }, 60_000);

  test.each([
    ['with tabs', 'table.tsv', '\t'],
    ['with semicolons', 'table.csv', ';'],
  ])(
    '%s',
    async (_, name, separator) => {
      const lines = [customerHeader, ...rows].map((cells) => cells.join(separator));
      await writeFile(file(name), `${lines.join('\n')}\n`);
      expect((await run('--data', file(name), ...forLeft)).weightsHash).toBe(weights);
    },
    60_000,
  );

  test('without a header, where columns are called by their number', async () => {
    const [first = [], ...others] = rows;
    const data = await writeCsv(file('bare.csv'), first.map(String), others);
    const args = ['--target', 'column4', '--set', 'estimators=[logistic]'];
    const result = await run('--data', data, ...args, '--set', 'format.header=false');
    expect(result.weightsHash).toBe(weights);
    expect(result.model).toBe('bare-column4');
  }, 60_000);
});

describe('a job file', () => {
  const job = { data: 'job.csv', target: 'left', name: 'from-file', estimators: ['logistic'] };

  test.each([
    ['YAML', 'job.yaml', Object.entries(job).map(([key, value]) => `${key}: ${String(value)}`)],
    ['JSON', 'job.json', [JSON.stringify(job, null, 2)]],
  ])(
    'in %s says what to do, with paths from its folder; options go before it',
    async (_, name, lines) => {
      const folder = join(home.home, 'jobs');
      await mkdir(folder, { recursive: true });
      await writeCsv(join(folder, 'job.csv'), customerHeader, customers(80));
      const text = lines.join('\n').replace('estimators: logistic', 'estimators: [logistic]');
      await writeFile(join(folder, name), text);
      const result = await run(join(folder, name), '--metric', 'accuracy');
      expect(result).toMatchObject({ model: 'from-file', metric: 'accuracy', task: 'binary' });
      expect(result.reported.job).toMatchObject({ data: join(folder, 'job.csv') });
    },
    60_000,
  );
});

describe('the test rows are those that the split says', () => {
  /** Rows y = x, of which every fifth one is out of reach: y = x + 1000. */
  const offset = (i: number) => (i % 5 === 0 ? 1000 : 0);
  const isFar = (i: number) => offset(i) > 0;
  const rows = Array.from({ length: 100 }, (_, i) => {
    const x = (i * 37) % 100;
    const day = new Date(Date.UTC(2026, 0, 1 + (isFar(i) ? 200 : 0) + i)).toISOString();
    const part = isFar(i) ? 'test' : i % 5 === 1 ? 'validation' : 'train';
    return [x, day.slice(0, 10), part, `g${i % 10}`, x + offset(i)];
  });
  const header = ['x', 'day', 'part', 'group', 'y'];
  const split = async (kind: string, ...args: string[]) => {
    const data = await writeCsv(join(home.home, `${kind}.csv`), header, rows);
    const set = ['--set', 'estimators=[linear]', '--set', 'columns.drop=[day, part, group]'];
    return run('--data', data, '--target', 'y', '--metric', 'mae', ...set, ...args);
  };
  // A model that saw none of the far rows is wrong by a thousand on each of them.
  const far = (score: number) => expect(score).toBeCloseTo(1000, 6);

  test('time: the latest', async () => {
    const { score, reported } = await split('time', '--set', 'split={kind: time, column: day}');
    far(score);
    expect(reported.data.rows).toEqual({ fit: 64, validation: 16, test: 20 });
  }, 60_000);

  test('column: those that say so', async () => {
    const { score, reported } = await split(
      'column',
      '--set',
      'split={kind: column, column: part}',
    );
    far(score);
    expect(reported.data.rows).toEqual({ fit: 60, validation: 20, test: 20 });
  }, 60_000);

  test('file: those of the other file', async () => {
    const test = await writeCsv(
      join(home.home, 'far.csv'),
      header,
      rows.filter((_, i) => isFar(i)),
    );
    const near = await writeCsv(
      join(home.home, 'near.csv'),
      header,
      rows.filter((_, i) => !isFar(i)),
    );
    const { score, reported } = await split('file', '--data', near, '--test-data', test);
    far(score);
    expect(reported.data.rows).toEqual({ fit: 64, validation: 16, test: 20 });
  }, 60_000);

  test('group: whole groups', async () => {
    const { reported } = await split('group', '--set', 'split={kind: group, column: group}');
    const { fit, validation, test } = reported.data.rows;
    expect(fit + validation + test).toBe(100);
    // Ten groups of ten rows each.
    expect([fit % 10, validation % 10, test % 10]).toEqual([0, 0, 0]);
    expect(test).toBeGreaterThan(0);
  }, 60_000);

  test('random: a fifth, near and far', async () => {
    const { score, reported } = await split('random', '--set', 'split={kind: random, test: 0.3}');
    expect(reported.data.rows).toEqual({ fit: 56, validation: 14, test: 30 });
    expect(score).toBeLessThan(900);
  }, 60_000);

  test('stratified: as many of each class as its share', async () => {
    const classes = rows.map(([x = 0], i) => [x, i % 10 === 0 ? 'rare' : 'common']);
    const data = await writeCsv(join(home.home, 'classes.csv'), ['x', 'class'], classes);
    const set = ['--set', 'estimators=[logistic]', '--set', 'split.kind=stratified'];
    const { reported } = await run('--data', data, '--target', 'class', ...set);
    const shares = reported.test.perClass.map((each) => `${each.class} ${each.support}`);
    expect(shares.toSorted()).toEqual(['common 18', 'rare 2']);
  }, 60_000);
});

describe('a run that takes long', () => {
  let data: string;
  beforeAll(async () => {
    data = await writeCsv(join(home.home, 'long.csv'), customerHeader, customers(3_000));
  });
  const network = (epochs: number) => ({
    ...{ data, target: 'left', estimators: ['mlp'], ...quick },
    hyperparameters: { mlp: { epochs, patience: null } },
    // So that none is kept but the one that a training keeps when it is told to stop.
    checkpoints: { everySeconds: 3_600 },
  });

  test('is left running by Ctrl-C, which says how to follow it again; attach shows its result', async () => {
    const path = join(home.home, 'long.json');
    await writeFile(path, JSON.stringify(network(25)));
    const running = home.start('run', path);
    await until(() => running.said.includes('✔ preprocess'));
    const interruptedAt = new Date().toISOString();
    const { code, stdout } = await running.interrupt();
    expect(code).toBe(130);
    const [, id = ''] = /sevenfold attach (\S+)/.exec(stdout) ?? [];
    expect(stdout).toContain(`run ${id}`);
    expect(stdout).toContain(`sevenfold cancel ${id}`);

    const attached = await home.run('attach', id, '--json');
    expect(attached.code).toBe(0);
    expect(attached.json).toMatchObject({ workflowId: id, model: 'long-left', version: 1 });
    for (const step of ['preprocess', 'deploy']) expect(attached.stderr).toContain(`✔ ${step}`);
    const { runId } = attached.json as { runId: string };
    const deployed = await runs.stepRecord({ firstExecutionRunId: runId }, 'deploy');
    expect(deployed?.startedAt.localeCompare(interruptedAt)).toBe(1);
    const status = await home.run('status', id, '--json');
    expect(status.json).toMatchObject({ status: 'completed', state: { runId } });
  }, 120_000);

  test('is cancelled: it keeps a checkpoint and its record, and its trainer is gone', async () => {
    const run = await runs.start(network(50_000));
    await runs.untilEpoch(run, 1);
    const trainers = await runs.trainers();
    const cancelled = await home.run('cancel', run.workflowId, '--json');
    expect(cancelled.json).toEqual({ workflowId: run.workflowId, cancelled: true });

    const attached = await home.run('attach', run.workflowId);
    expect(attached.code).toBe(1);
    expect(attached.stderr).toContain(`The run ${run.workflowId} was cancelled.`);
    expect((await run.describe()).status.name).toBe('CANCELLED');
    expect(await runs.checkpoints(run)).toHaveLength(1);
    expect(trainers.filter((pid) => !isAlive(pid))).toHaveLength(1);
    expect(await runs.state(run)).toMatchObject({ status: 'cancelled', training: {} });
    expect(await runs.stepRecord(run, 'preprocess')).toMatchObject({ status: 'completed' });
    expect(await runs.stepRecord(run, 'select')).toMatchObject({
      ...{ status: 'failed', failure: 'cancelled' },
    });
    expect(await runs.stepRecord(run, 'tune')).toBeNull();
  }, 120_000);

  test('is cancelled amid its trials, too', async () => {
    const run = await runs.start({ ...network(5_000), hyperparameters: {}, budget: '500trials' });
    await runs.untilState(run, ({ steps }) => steps[2]?.note.includes('of 500 trials'));
    await run.cancel();
    await expect(run.result()).rejects.toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ name: 'CancelledFailure' }) }),
    );
    const tune = await runs.stepRecord(run, 'tune');
    expect(tune).toMatchObject({ status: 'failed', failure: 'cancelled', outputs: {} });
  }, 120_000);

  test('goes on from its checkpoint when the stack was down and is up again', async () => {
    const run = await runs.start(network(50_000));
    const before = await runs.untilEpoch(run, 40);
    expect((await home.run('down', '--json')).json).toEqual({ stopped: true });
    expect((await home.run('dev', '--detach')).code).toBe(0);

    const client = await LifecycleClient.connect(readConfig(home.environment));
    onTestFinished(() => client.close());
    const handle = await client.existing(run.workflowId);
    const upAt = Date.now() / 1000;
    expect(await runs.untilEpoch(handle, 1, upAt)).toBeGreaterThan(before);
    await handle.cancel();
    expect((await home.run('attach', run.workflowId)).stderr).toContain('was cancelled');
  }, 120_000);
});
