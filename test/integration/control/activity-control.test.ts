import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SupervisedProcess } from '../../../src/client/stack/supervised-process.ts';
import { isAlive } from '../../../src/process-lock.ts';
import { type LogEntry, SealedEntry } from '../../../src/schemas/checkpoint.ts';
import { LifecycleResult } from '../../../src/schemas/run.ts';
import { readLatestCheckpoint } from '../../../src/stores/checkpoint-log.ts';
import { type OpenStores, openStores } from '../../../src/stores/index.ts';
import { differences, type Essence, essenceOf } from '../../chaos/essence.ts';
import { startExtraWorker } from '../../support/extra-worker.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { slowJob, untilCheckpoint } from '../../support/slow-job.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { until } from '../../support/until.ts';

type Run = Awaited<ReturnType<LocalRuns['start']>>;

let runs: LocalRuns;
let stores: OpenStores;
let second: SupervisedProcess;
let job: ReturnType<typeof slowJob>;
let undisturbed: Essence;

beforeAll(async () => {
  runs = await LocalRuns.create();
  stores = openStores({ home: runs.home.home });
  second = await startExtraWorker(runs.home, 'worker-cpu-2', '--queue', 'sevenfold-cpu');
  const table = join(runs.home.home, 'table.csv');
  job = slowJob(await writeCsv(table, customerHeader, customers(600)), 60);
  undisturbed = await essence(await runs.start(job));
}, 180_000);
afterAll(async () => {
  await second.stop();
  await stores.close();
  await runs.remove();
}, 60_000);

const essence = async (run: Run): Promise<Essence> =>
  essenceOf(stores, LifecycleResult.parse(await run.result()));

/** The first activity that the run waits for: the network is screened before the linear reference. */
const firstActivity = (run: Run) =>
  until(async () => {
    const { pendingActivities } = (await run.describe()).raw;
    return pendingActivities?.toSorted((a, b) => Number(a.activityId) - Number(b.activityId))[0];
  });

/** Names an activity to the server, as the Web UI does. */
async function activityOf(run: Run) {
  const { activityId } = await firstActivity(run);
  const execution = { workflowId: run.workflowId, runId: run.firstExecutionRunId };
  return { namespace: 'default', identity: 'web-ui', execution, id: activityId ?? '' };
}

async function logOf(lineage: string): Promise<LogEntry[]> {
  const listed = await stores.objects.list(`checkpoints/${lineage}/log/`);
  const texts = await Promise.all(listed.map(({ key }) => stores.objects.read(key)));
  return texts.flatMap((bytes) =>
    bytes === null ? [] : [SealedEntry.parse(JSON.parse(Buffer.from(bytes).toString())).entry],
  );
}

test('an activity paused in the Web UI keeps a checkpoint, frees its slot, and goes on after', async () => {
  const run = await runs.start(job);
  const { lineage, pid } = await untilCheckpoint(runs, run, 'screen-mlp');
  const before = await readLatestCheckpoint(stores.objects, lineage);
  const activity = await activityOf(run);
  await runs.client.workflowService.pauseActivity({ ...activity, reason: 'lunch' });
  await until(() => !isAlive(pid));
  const { paused } = await firstActivity(run);
  expect(paused).toBe(true);
  const after = await readLatestCheckpoint(stores.objects, lineage);
  expect(after?.state).not.toEqual(before?.state);
  await runs.client.workflowService.unpauseActivity(activity);
  expect(differences(undisturbed, await essence(run))).toEqual([]);
  expect((await logOf(lineage)).filter(({ kind }) => kind === 'claim')).toHaveLength(2);
}, 60_000);

test('an attempt that lives on after its activity was reset can publish nothing', async () => {
  const run = await runs.start(job);
  const { lineage, pid } = await untilCheckpoint(runs, run, 'screen-mlp');
  const activity = await activityOf(run);
  const worker = await parentOf(pid);
  // A partition: neither the worker nor its process hears of the reset.
  process.kill(worker, 'SIGSTOP');
  process.kill(pid, 'SIGSTOP');
  await runs.client.workflowService.resetActivity(activity);
  const claims = async () => (await logOf(lineage)).filter(({ kind }) => kind === 'claim');
  const successor = await until(async () => (await claims())[1]);
  await until(async () =>
    (await logOf(lineage)).some((entry) => entry.kind === 'checkpoint' && entry.token > 1),
  );
  process.kill(pid, 'SIGCONT');
  process.kill(worker, 'SIGCONT');
  expect(differences(undisturbed, await essence(run))).toEqual([]);

  const entries = await logOf(lineage);
  const fromHere = entries.slice(entries.indexOf(successor) + 1);
  const tokens = fromHere.flatMap((entry) => (entry.kind === 'claim' ? [] : [entry.token]));
  expect(Math.min(...tokens)).toBeGreaterThan(1);
  await until(() => !isAlive(pid));
}, 60_000);

async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
}
