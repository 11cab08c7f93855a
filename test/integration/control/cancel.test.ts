import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAlive } from '../../../src/process-lock.ts';
import { readLatestCheckpoint } from '../../../src/stores/checkpoint-log.ts';
import { openStores } from '../../../src/stores/index.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { heavyUnderWay, slowJob, untilCheckpoint } from '../../support/slow-job.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { until } from '../../support/until.ts';

const DEADLINE_MS = 5_000;

let runs: LocalRuns;
let data: string;

beforeAll(async () => {
  runs = await LocalRuns.create();
  data = await writeCsv(join(runs.home.home, 'table.csv'), customerHeader, customers(900));
}, 180_000);
afterAll(() => runs.remove(), 60_000);

const objects = () => openStores({ home: runs.home.home }).objects;

/** Starts a run, cancels it in the middle of a training, and gives what it took to be gone. */
async function cancelWhileTraining(prepare: (pid: number) => void) {
  const run = await runs.start(slowJob(data, 2_000));
  const { lineage, pid } = await untilCheckpoint(runs, run, 'screen-mlp');
  prepare(pid);
  const before = await readLatestCheckpoint(objects(), lineage);
  const cancelledAtMs = Date.now();
  await run.cancel();
  await until(() => !isAlive(pid));
  await until(async () => (await heavyUnderWay(run)).length === 0);
  const tookMs = Date.now() - cancelledAtMs;
  await expect(run.result()).rejects.toThrow('cancelled');
  expect(await runs.state(run)).toMatchObject({ status: 'cancelled' });
  expect(await runs.stepRecord(run, 'select')).toMatchObject({ failure: 'cancelled' });
  return { tookMs, before, after: await readLatestCheckpoint(objects(), lineage) };
}

test('a cancelled training keeps a last checkpoint, and its process and slot are gone in 5 s', async () => {
  const { tookMs, before, after } = await cancelWhileTraining(() => undefined);
  expect(tookMs).toBeLessThan(DEADLINE_MS);
  expect(after?.state).not.toEqual(before?.state);
}, 60_000);

test('so they are where the process ignores everything, and its last checkpoint stays', async () => {
  const { tookMs, before, after } = await cancelWhileTraining((pid) => {
    process.kill(pid, 'SIGSTOP');
  });
  expect(tookMs).toBeLessThan(DEADLINE_MS);
  expect(after).not.toBeNull();
  expect(after?.state).toEqual(before?.state);
}, 60_000);
