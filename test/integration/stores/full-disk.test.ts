import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { expect, test } from 'vitest';
import { readStack } from '../../../src/connection.ts';
import { isAlive } from '../../../src/process-lock.ts';
import { LifecycleResult } from '../../../src/schemas/run.ts';
import { checkStore } from '../../../src/stores/check/check-store.ts';
import { openStores } from '../../../src/stores/index.ts';
import { differences, essenceOf } from '../../chaos/essence.ts';
import { CommandHome } from '../../support/command.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { slowJob, untilCheckpoint } from '../../support/slow-job.ts';
import { mountSmallDisk } from '../../support/small-disk.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { until } from '../../support/until.ts';

const DISK_KIB = 128 * 1024;

/** A stack on a small disk, and a folder on another one. */
async function onSmallDisk(
  act: (site: {
    runs: LocalRuns;
    data: string;
    fill: () => Promise<() => Promise<void>>;
  }) => Promise<void>,
): Promise<string | null> {
  const disk = await mountSmallDisk(DISK_KIB);
  if (disk === null) return 'this user may not mount a small disk';
  const beside = await mkdtemp(join(tmpdir(), 'sevenfold-beside-'));
  const runs = await LocalRuns.create(await CommandHome.createOn(disk.folder, beside));
  try {
    const data = await writeCsv(join(beside, 'table.csv'), customerHeader, customers(900));
    await act({ runs, data, fill: disk.fill });
  } finally {
    await runs.remove();
    await disk.remove();
    await rm(beside, { recursive: true });
  }
  return null;
}

test('a run that is under way waits until its disk has room again, and comes to the same', async (context) => {
  const reason = await onSmallDisk(async ({ runs, data, fill }) => {
    const job = slowJob(data, 12);
    const undisturbed = LifecycleResult.parse(await (await runs.start(job)).result());
    const run = await runs.start(job);
    await untilCheckpoint(runs, run, 'train');

    const makeRoom = await fill();
    // Whatever can't go on without the disk: the training itself can.
    await until(async () => {
      const { pendingActivities } = (await run.describe()).raw;
      return pendingActivities?.find(
        ({ lastFailure }) => lastFailure?.applicationFailureInfo?.type === 'NoDiskSpace',
      );
    });
    await makeRoom();

    const result = LifecycleResult.parse(await run.result());
    const stores = openStores({ home: runs.home.home });
    const [expected, found] = await Promise.all(
      [undisturbed, result].map((each) => essenceOf(stores, each)),
    );
    expect(differences(expected, found)).toEqual([]);
    expect(await checkStore(runs.home.home, stores)).toEqual([]);
    await stores.close();
  });
  context.skip(reason !== null, reason ?? '');
});

test('a full disk that takes no more of their logs ends no process of the stack', async (context) => {
  const reason = await onSmallDisk(async ({ runs, fill }) => {
    const { processes = [] } = (await readStack(runs.home.home)) ?? {};
    const makeRoom = await fill();
    // Each is told of in the worker's log, for more than a page of it.
    for (let count = 0; count < 10; count++) {
      await expect((await runs.start('no job')).result()).rejects.toThrow(
        'Workflow execution failed',
      );
    }
    await makeRoom();
    expect(processes.map(({ pid }) => pid !== null && isAlive(pid))).toEqual(
      processes.map(() => true),
    );
    expect(processes).toHaveLength(4);
  });
  context.skip(reason !== null, reason ?? '');
});

/** The type of the failure that the first attempt of a run's first activity ends the run with. */
async function firstFailure({ client }: LocalRuns, type: string, input: unknown): Promise<unknown> {
  const options = { taskQueue: 'sevenfold', workflowId: `full-${type}`, args: [input] };
  const run = await client.workflow.start(type, options);
  const failure: unknown = await run.result().catch((error: unknown) => error);
  const cause = failure instanceof WorkflowFailedError ? rootFailure(failure) : failure;
  return cause instanceof ApplicationFailure ? cause.type : cause;
}

const rootFailure = (error: Error): unknown =>
  error.cause instanceof Error ? rootFailure(error.cause) : error;

test('a run that finds its disk full at once ends with what is to be done', async (context) => {
  const reason = await onSmallDisk(async ({ runs, data, fill }) => {
    const makeRoom = await fill();
    const { code, stderr } = await runs.home.run('run', '--data', data, '--target', 'left');
    const gate = { id: 'gate', uses: 'approval', with: { question: 'Go on?' } };
    const pipeline = { name: 'gated', steps: [gate] };
    const others = await Promise.all([
      firstFailure(runs, 'pipeline', { pipeline }),
      firstFailure(runs, 'retrain', { name: 'left', data, job: { target: 'left' } }),
    ]);
    await makeRoom();
    expect(others).toEqual(['NoDiskSpace', 'NoDiskSpace']);
    expect(code).toBe(3);
    expect(stderr).toContain('SEVENFOLD_HOME');
    expect(stderr).toContain('Free some space');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
  context.skip(reason !== null, reason ?? '');
});
