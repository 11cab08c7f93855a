import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  RetrainingSchedules,
  type ScheduledRun,
} from '../../../src/client/retraining-schedules.ts';
import { readConfig } from '../../../src/config.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { CommandHome } from '../../support/command.ts';
import { problemOfRejected } from '../../support/input-problem.ts';
import { killWorker } from '../../support/kill-worker.ts';
import { quickOptions } from '../../support/quick-job.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { until } from '../../support/until.ts';

let home: CommandHome;
let schedules: RetrainingSchedules;
beforeAll(async () => {
  home = await CommandHome.create();
  expect((await home.runHere('dev', '--detach')).code).toBe(0);
  schedules = await RetrainingSchedules.connect(readConfig(home.environment));
});
afterAll(async () => {
  await schedules.close();
  await home.remove();
});

const schedule = async (...args: string[]) => {
  const result = await home.run('schedule', ...args, '--json');
  if (result.code !== 0) throw new Error(result.stderr);
  return result.json;
};

/** Triggers a schedule, and waits for what its run comes to. */
async function runOf(id: string): Promise<ScheduledRun> {
  const before = (await schedules.runs(id)).length;
  await schedules.trigger(id);
  return until(
    async () => {
      const runs = await schedules.runs(id);
      const isNew = runs.length > before && runs[0]?.status !== 'running';
      return isNew ? runs[0] : null;
    },
    { everyMs: 300 },
  );
}

/** Labels that say nothing of the rows: whoever learns from them predicts badly. */
function mislabelled(rows: (string | number)[][]): (string | number)[][] {
  const random = new RandomStream(9, 'test-mislabelled');
  return rows.map((row) => [...row.slice(0, -1), random.uniform() < 0.5 ? 'yes' : 'no']);
}

const write = (
  name: string,
  rows: (string | number)[][],
  header: readonly string[] = customerHeader,
) => writeCsv(join(home.home, name), header, rows);

const create = (id: string, ...options: string[]) =>
  schedule(
    ...['create', id, '--target', 'left', '--cron', '0 3 * * *', '--time-zone', 'Europe/Rome'],
    ...['--set', 'job.estimators=[logistic]', '--set', 'job.positiveClass=yes'],
    ...quickOptions('job.'),
    ...options,
  );

describe('a schedule', () => {
  const id = 'leavers';

  test('makes the first version champion, and skips what has not changed', async () => {
    await write('leavers-1.csv', mislabelled(customers(400, 1)));
    const data = join(home.home, 'leavers-*.csv');
    await create(id, '--data', data, '--newest', 'name', '--pause-on-failure');
    const first = await runOf(id);
    expect(first.result).toMatchObject({
      decision: 'first',
      champion: 1,
      data: { path: join(home.home, 'leavers-1.csv') },
    });
    const second = await runOf(id);
    expect(second.result).toMatchObject({
      decision: 'unchanged',
      champion: 1,
      lifecycle: null,
      data: { sha256: first.result?.data.sha256 },
    });
    expect(second.result?.reason).toContain(String(first.result?.runId));
  });

  test('promotes a challenger that beats the champion on the same rows', async () => {
    await write('leavers-2.csv', customers(400, 2));
    const { result } = await runOf(id);
    expect(result).toMatchObject({ decision: 'promoted', champion: 2 });
    const { rows, isBetter, gain, interval } = result?.comparison ?? {};
    expect({ rows, isBetter }).toEqual({ rows: 80, isBetter: true });
    expect(gain).toBeGreaterThan(interval?.low ?? Number.NaN);
    expect(interval?.low).toBeGreaterThan(0);
    const { json } = await home.run('models', id, '--json');
    expect((json['models'] as { aliases: string[] }[]).map(({ aliases }) => aliases)).toEqual([
      [],
      ['challenger', 'champion'],
    ]);
    const report = await readFile(join(home.home, result?.report.uri ?? ''), 'utf8');
    expect(report).toContain('# leavers: a new champion');
    expect(report).toContain('| champion | 1 |');
  });

  test('lets the champion stay where a challenger is worse, and says why', async () => {
    await write('leavers-3.csv', mislabelled(customers(400, 3)));
    const { result } = await runOf(id);
    expect(result).toMatchObject({ decision: 'kept', champion: 2, lifecycle: { version: 3 } });
    expect(result?.reason).toMatch(/^Version 2 stays champion: roc_auc .* does not lie above/);
  });

  test('refuses drifted data before it trains, and is paused by that', async () => {
    const dearer = customers(400, 4).map(([age, price, ...rest]) => [
      age as number,
      Number(price) + 200,
      ...rest,
    ]);
    await write('leavers-4.csv', dearer);
    const run = await runOf(id);
    expect(run.status).toBe('failed');
    const paused = await until(
      async () => {
        const { state } = await schedules.describe(id);
        return state.paused ? state : null;
      },
      { everyMs: 300 },
    );
    expect(paused.note).toMatch(/paused due to workflow failure/i);
    const { stderr, code } = await home.run('attach', run.workflowId);
    expect(code).toBe(2);
    expect(stderr).toMatch(/population stability index of at most 0\.25.*'price' \(/);
  });

  test('refuses a table that has lost a column', async () => {
    await schedules.resume(id);
    const header = customerHeader.filter((name) => name !== 'price');
    await write(
      'leavers-5.csv',
      customers(400, 5).map((row) => row.toSpliced(1, 1)),
      header,
    );
    const run = await runOf(id);
    const { stderr, code } = await home.run('attach', run.workflowId);
    expect(code).toBe(2);
    expect(stderr).toContain("missing: 'price'");
  });

  test('leaves a store without a fault', async () => {
    const { code, stdout } = await home.run('fsck');
    expect(stdout).toContain('no faults');
    expect(code).toBe(0);
  });

  test('is listed, resumed and deleted', async () => {
    expect(await schedule('list')).toMatchObject({ schedules: [{ id, paused: true }] });
    await schedule('resume', id, '--note', 'mended');
    expect(await schedule('show', id)).toMatchObject({ paused: false, note: 'mended' });
    await schedule('delete', id);
    expect(await problemOfRejected(schedules.describe(id))).toMatchObject({
      ...{ code: 'ScheduleNotFound', remedy: "See 'sevenfold schedule list'." },
    });
  });
});

test('a backfill trains once for each interval, on the rows of that interval alone', async () => {
  const days = [2, 3].flatMap((day) =>
    customers(300, day).map((row) => [`2026-01-0${day}`, ...row]),
  );
  const data = await write('events.csv', days, ['day', ...customerHeader]);
  // Every cell as it stands in the file: DuckDB would take yes and no for true and false.
  const cells = `read_csv('${data}', all_varchar = true)`;
  const sql = `select * exclude (day) from ${cells} where day::date >= $start and day::date < $end`;
  await create(
    'daily',
    '--sql',
    sql,
    '--interval',
    '1d',
    '--paused',
    '--set',
    'timeZone=UTC',
    '--time-zone',
    'UTC',
  );
  await schedule(
    'backfill',
    'daily',
    '--from',
    '2026-01-01T12:00:00Z',
    '--to',
    '2026-01-03T12:00:00Z',
  );
  const runs = await until(
    async () => {
      const runs = await schedules.runs('daily');
      return runs.length === 2 && runs.every(({ status }) => status !== 'running') ? runs : null;
    },
    { everyMs: 500 },
  );
  const found = runs.map(({ result }) => result);
  expect(found.map((each) => each?.data.interval)).toEqual([
    { start: '2026-01-02T03:00:00.000Z', end: '2026-01-03T03:00:00.000Z' },
    { start: '2026-01-01T03:00:00.000Z', end: '2026-01-02T03:00:00.000Z' },
  ]);
  expect(found[1]).toMatchObject({ decision: 'first' });
  expect(found[0]?.check).toMatchObject({ rows: 300, championRows: 300 });
});

test('a schedule pauses itself after failures in a row, which no restart forgets', async () => {
  const id = 'patient';
  const data = join(home.home, 'patient.csv');
  await create(id, '--data', data, '--pause-after', '2');
  const stateAfter = async (status: string) => {
    expect((await runOf(id)).status).toBe(status);
    return (await schedules.describe(id)).state;
  };
  expect((await stateAfter('failed')).paused).toBe(false);
  await write('patient.csv', customers(300, 6));
  expect((await stateAfter('completed')).paused).toBe(false);
  await rm(data);
  // A success has begun the count anew.
  expect((await stateAfter('failed')).paused).toBe(false);
  await killWorker(home, 'worker-main');
  const { paused, note } = await stateAfter('failed');
  expect(paused).toBe(true);
  expect(note).toMatch(
    /2 retrainings in a row have failed\. The last, retrain\/patient-\S+: .*patient\.csv/,
  );
  expect(note).toContain(`sevenfold schedule resume ${id}`);
  expect((await home.run('schedule', 'show', id)).stdout).toContain('2 failures in a row');
  await schedules.resume(id);
  expect((await stateAfter('failed')).paused).toBe(false);
  // One that is made anew under the same id has nothing to do with it.
  await schedules.delete(id);
  await create(id, '--data', data, '--pause-after', '2');
  expect((await stateAfter('failed')).paused).toBe(false);
  await schedules.delete(id);
});

test('times that Temporal can not read are refused', async () => {
  const { code, stderr } = await home.run(
    ...['schedule', 'create', 'never', '--data', 'x.csv', '--target', 'y', '--cron', 'at noon'],
  );
  expect(stderr).toMatch(/cron/i);
  expect(code).toBe(2);
});
