import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { SupervisedProcess } from '../../../src/client/stack/supervised-process.ts';
import { startExtraWorker } from '../../support/extra-worker.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { slowJob, untilCheckpoint } from '../../support/slow-job.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { until } from '../../support/until.ts';

type Run = Awaited<ReturnType<LocalRuns['start']>>;

const run = promisify(execFile);

let runs: LocalRuns;
let data: string;
let address: string;
const workers: SupervisedProcess[] = [];

beforeAll(async () => {
  runs = await LocalRuns.create();
  data = await writeCsv(join(runs.home.home, 'table.csv'), customerHeader, customers(400));
  const stack = JSON.parse(await readFile(join(runs.home.home, 'stack.json'), 'utf8')) as object;
  ({ address } = stack as { address: string });
}, 180_000);
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await runs.remove();
}, 60_000);

/** Starts the workers of a release, and gives their process ids. */
async function deploy(buildId: string): Promise<Set<number | null>> {
  const started = await Promise.all(
    ['sevenfold', 'sevenfold-cpu'].map((queue) =>
      startExtraWorker(
        ...([runs.home, `${queue}-${buildId}`] as const),
        ...['--queue', queue, '--build-id', buildId],
      ),
    ),
  );
  workers.push(...started);
  const about = ['--deployment-name', 'sevenfold', '--build-id', buildId, '--address', address];
  const temporal = (...args: string[]) =>
    run(inject('temporalBinary'), ['worker', 'deployment', ...args, ...about]);
  // Workflows and activities of the one queue, activities of the other.
  await until(async () => {
    const { stdout } = await temporal('describe-version', '--output', 'json').catch(() => ({
      stdout: '',
    }));
    return (stdout.match(/"name": "sevenfold(-cpu)?"/g)?.length ?? 0) >= 3;
  });
  // The server refuses a release of whose task queues it does not know yet.
  await until(() => temporal('set-current-version', '--yes').catch(() => null));
  return new Set(started.map(({ pid }) => pid));
}

/** Processes that did a run's work: its workflows' tasks and its activities. */
async function workersOf({ workflowId, firstExecutionRunId }: Run): Promise<Set<number>> {
  const pids = new Set<number>();
  for (const id of [workflowId, `${workflowId}/study/${firstExecutionRunId}`]) {
    const { events } = await runs.client.workflow.getHandle(id).fetchHistory();
    for (const {
      workflowTaskStartedEventAttributes,
      activityTaskStartedEventAttributes,
    } of events ?? []) {
      const started = workflowTaskStartedEventAttributes ?? activityTaskStartedEventAttributes;
      const pid = /^(\d+)@/.exec(started?.identity ?? '')?.[1];
      if (pid !== undefined) pids.add(Number(pid));
    }
  }
  return pids;
}

test('a run ends on the release that began it, and the next one begins on the new release', async () => {
  const a = await deploy('a');
  const old = await runs.start(slowJob(data, 25));
  await untilCheckpoint(runs, old, 'screen-mlp');
  const b = await deploy('b');
  const young = await runs.start(slowJob(data, 3));
  const results = await Promise.all([old.result(), young.result()]);
  expect(results).toHaveLength(2);
  expect(await workersOf(old)).toEqual(a);
  expect(await workersOf(young)).toEqual(b);
}, 120_000);
