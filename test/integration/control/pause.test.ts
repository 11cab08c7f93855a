import { join } from 'node:path';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LifecycleResult } from '../../../src/schemas/run.ts';
import { openStores } from '../../../src/stores/index.ts';
import { differences, essenceOf } from '../../chaos/essence.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { heavyUnderWay, slowJob, untilCheckpoint, untilState } from '../../support/slow-job.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { until } from '../../support/until.ts';

let runs: LocalRuns;
let data: string;

beforeAll(async () => {
  runs = await LocalRuns.create();
  data = await writeCsv(join(runs.home.home, 'table.csv'), customerHeader, customers(900));
}, 180_000);
afterAll(() => runs.remove(), 60_000);

const resultOf = async (run: Run) => LifecycleResult.parse(await run.result());

type Run = Awaited<ReturnType<LocalRuns['start']>>;

/** Heavy activities that were scheduled between the nth pause and the resume after it. */
async function startedWhilePaused(run: Run): Promise<number> {
  const { events } = await run.fetchHistory();
  let isPaused = false;
  let count = 0;
  for (const event of events ?? []) {
    const name =
      event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name ??
      event.workflowExecutionSignaledEventAttributes?.signalName;
    if (name === 'pause') isPaused = true;
    if (name === 'resume') isPaused = false;
    const queue = event.activityTaskScheduledEventAttributes?.taskQueue?.name;
    if (isPaused && queue === 'sevenfold-cpu') count += 1;
  }
  return count;
}

test('a paused run holds no slot and starts nothing, and goes on to the very same', async () => {
  const job = slowJob(data, 12);
  const undisturbed = await resultOf(await runs.start(job));
  const run = await runs.start(job);

  await untilCheckpoint(runs, run, 'screen-mlp');
  await run.executeUpdate('pause');
  await until(async () => (await heavyUnderWay(run)).length === 0);
  expect(await runs.state(run)).toMatchObject({ status: 'paused', training: {} });
  expect(await runs.currentDetails(run)).toContain('**Paused**');
  const { stdout } = await runs.home.run('status', run.workflowId);
  expect(stdout).toContain(`${run.workflowId}: lifecycle, paused`);
  await run.executeUpdate('resume');

  const { lineage } = await untilCheckpoint(runs, run, 'train');
  await run.signal('pause');
  await until(async () => (await heavyUnderWay(run)).length === 0);
  // The state that it goes on from.
  const { objects } = openStores({ home: runs.home.home });
  expect((await objects.list(`checkpoints/${lineage}/blobs/`)).length).toBeGreaterThan(0);
  await run.signal('resume');
  await untilState(runs, run, ({ status }) => status !== 'paused');

  const result = await resultOf(run);
  expect(await startedWhilePaused(run)).toBe(0);
  const stores = openStores({ home: runs.home.home });
  const [expected, found] = await Promise.all(
    [undisturbed, result].map((each) => essenceOf(stores, each)),
  );
  expect(differences(expected, found)).toEqual([]);
}, 60_000);

test('what is paused can’t be paused, nor resumed what is not, and the refusal says so', async () => {
  const run = await runs.start(slowJob(data, 500));
  const refused = (name: string) =>
    run.executeUpdate(name).then(
      () => 'accepted',
      (error: unknown) => (error instanceof WorkflowUpdateFailedError ? error.cause?.message : ''),
    );
  expect(await refused('resume')).toMatch(
    /workflow id: got 'plain-\d+'; expected a run that is paused/,
  );
  await run.executeUpdate('pause');
  expect(await refused('pause')).toMatch(/expected a run that is not paused.*'resume'/);
  const { code, stderr } = await runs.home.run('pause', run.workflowId);
  expect(code).toBe(2);
  expect(stderr).toContain('expected a run that is not paused');

  // A paused run is cancelled like any other.
  await run.cancel();
  await expect(run.result()).rejects.toThrow('cancelled');
  expect(await runs.state(run)).toMatchObject({ status: 'cancelled' });
}, 60_000);
