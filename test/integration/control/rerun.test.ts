import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Preprocessed } from '../../../src/schemas/lifecycle-steps.ts';
import { ModelPackage } from '../../../src/schemas/model-package.ts';
import { PreparedData } from '../../../src/schemas/prepared-data.ts';
import { LifecycleResult, RunManifest } from '../../../src/schemas/run.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { slowJob, untilCheckpoint } from '../../support/slow-job.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { until } from '../../support/until.ts';

type Run = Awaited<ReturnType<LocalRuns['start']>>;

let runs: LocalRuns;
let data: string;
let first: Run;
let result: LifecycleResult;

beforeAll(async () => {
  runs = await LocalRuns.create();
  data = await writeCsv(join(runs.home.home, 'table.csv'), customerHeader, customers(300));
  first = await runs.start(slowJob(data, 4));
  result = await resultOf(first);
}, 180_000);
afterAll(() => runs.remove(), 60_000);

const resultOf = async (run: Run) => LifecycleResult.parse(await run.result());
const rerun = (runId: string, from: string, set?: Record<string, unknown>) =>
  runs.start({ rerun: { runId, from, ...(set && { set }) } });
const stored = async (...path: string[]): Promise<unknown> =>
  JSON.parse(await readFile(join(runs.home.home, ...path), 'utf8'));
const statusesOf = async (run: Run) =>
  Object.fromEntries((await runs.state(run))?.steps.map(({ id, status }) => [id, status]) ?? []);

/** Heavy activities that a run had done. */
async function heavyOf(run: Run): Promise<string[]> {
  const { events } = await run.fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled?.taskQueue?.name === 'sevenfold-cpu' ? [scheduled.activityType?.name ?? ''] : [],
  );
}

describe('a run that succeeded', () => {
  test('comes to the same again, with the earlier steps reused, and says so', async () => {
    const run = await rerun(first.firstExecutionRunId, 'train');
    const again = await resultOf(run);
    expect(again).toMatchObject({ weightsHash: result.weightsHash, version: 2 });
    expect(again.trials).toBe(result.trials);
    expect(await heavyOf(run)).toEqual(
      expect.not.arrayContaining(['preprocessData', 'screenEstimator', 'runTrial']),
    );
    expect(await statusesOf(run)).toMatchObject({ tune: 'skipped', train: 'completed' });

    const manifest = await stored(`documents/runs/${again.runId}/manifest.json`);
    const rerunOf = { runId: result.runId, from: 'train' };
    expect(RunManifest.parse(manifest).rerunOf).toEqual(rerunOf);
    for (const [step, reusedFrom] of [
      ['tune', result.runId],
      ['train', null],
    ] as const) {
      expect(await runs.stepRecord(run, step)).toMatchObject({ status: 'completed', reusedFrom });
    }
    const report = await readFile(join(runs.home.home, again.report.uri), 'utf8');
    expect(report).toContain(`A rerun of ${result.runId} from step train`);
    expect(report).toContain('trial');
    expect(await stored(again.reportJson.uri)).toMatchObject({ rerunOf });
  }, 60_000);

  test('is changed by what the rerun sets, through the command and by its workflow id', async () => {
    const { code, json, stderr } = await runs.home.run(
      ...['rerun', first.workflowId, '--from', 'train', '--set', 'hyperparameters.mlp.epochs=6'],
      '--json',
    );
    expect(code, stderr).toBe(0);
    const again = json as unknown as LifecycleResult;
    expect(again.weightsHash).not.toBe(result.weightsHash);
    const { candidate, job } = ModelPackage.parse(await stored(again.package.uri));
    expect(candidate.hyperparameters).toMatchObject({ epochs: 6 });
    expect(job.hyperparameters).toMatchObject({ mlp: { epochs: 6 } });
  }, 60_000);
});

describe('a run that did not', () => {
  const hadEnough = async (run: Run) => void (await untilCheckpoint(runs, run, 'train'));
  const ends: Record<string, (run: Run) => Promise<unknown>> = {
    cancelled: (run) => run.cancel(),
    terminated: (run) => run.terminate('enough'),
  };

  test.each(Object.entries(ends))(
    '%s: goes on from the step that it was in',
    async (_, end) => {
      const run = await runs.start(slowJob(data, 60));
      await hadEnough(run);
      await end(run);
      await expect(run.result()).rejects.toThrow(WorkflowFailedError);
      const again = await resultOf(
        await rerun(run.firstExecutionRunId, 'train', { 'hyperparameters.mlp.epochs': 4 }),
      );
      expect(again.weightsHash).toBe(result.weightsHash);
    },
    60_000,
  );

  test('timed out and forgotten by Temporal: it is found in the store', async () => {
    const run = await runs.client.workflow.start('lifecycle', {
      ...{ taskQueue: 'sevenfold', workflowId: 'short-lived' },
      ...{ workflowRunTimeout: '6s', args: [slowJob(data, 5_000)] },
    });
    await expect(run.result()).rejects.toThrow(WorkflowFailedError);
    const { workflowService } = runs.client;
    const workflowExecution = { workflowId: 'short-lived', runId: run.firstExecutionRunId };
    await workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
    await until(() =>
      run.describe().then(
        () => false,
        (error: unknown) => error instanceof WorkflowNotFoundError,
      ),
    );
    const set = { 'hyperparameters.mlp.epochs': 4 };
    const again = await resultOf(await rerun('short-lived', 'select', set));
    expect(again.weightsHash).toBe(result.weightsHash);
  }, 60_000);
});

describe('what can’t be repeated is refused at once, with what would be right', () => {
  const refused = async (...args: Parameters<typeof rerun>) => {
    const { type, details } = await runs.failure(await rerun(...args));
    const [{ field, value, remedy }] = details as [
      { field: string; value: unknown; remedy: string },
    ];
    return { type, field, value, remedy };
  };

  test('an unknown run', async () => {
    expect(await refused('no-such-run', 'train')).toMatchObject({
      ...{ type: 'RunNotFound', field: 'rerun.runId', value: 'no-such-run' },
    });
  });

  test('an unknown step', async () => {
    expect(await refused(result.runId, 'trian')).toMatchObject({
      ...{ type: 'StepNotFound', field: 'rerun.from', value: 'trian' },
      remedy: "Did you mean 'train'?",
    });
  });

  test('a misspelt field', async () => {
    const failure = await runs.failure(await runs.start({ rerun: { runid: 'x', from: 'train' } }));
    expect(failure.message).toContain("Did you mean 'runId'?");
  });

  test('a change that only earlier steps read', async () => {
    const set = { 'split.validation': 0.3 };
    expect(await refused(result.runId, 'train', set)).toMatchObject({
      ...{ type: 'ConflictingOptions', field: 'rerun.set.split.validation' },
      remedy: expect.stringContaining("rerun from 'preprocess'"),
    });
  });

  test('a step whose predecessors were not completed, and a run that has not ended', async () => {
    const run = await runs.start(slowJob(data, 5_000));
    await untilCheckpoint(runs, run, 'screen-mlp');
    expect(await refused(run.firstExecutionRunId, 'select')).toMatchObject({
      ...{ type: 'RunStillOpen', field: 'rerun.runId' },
    });
    await run.cancel();
    await expect(run.result()).rejects.toThrow(WorkflowFailedError);
    expect(await refused(run.firstExecutionRunId, 'train')).toMatchObject({
      ...{ type: 'StepNotCompleted', field: 'rerun.from', value: 'train' },
      remedy: expect.stringContaining("'select' was not completed"),
    });
  }, 60_000);

  test('artifacts that are missing or changed, however deep they are referred to', async () => {
    const record = await runs.stepRecord(first, 'preprocess');
    const { prepared: ref } = Preprocessed.parse(record?.outputs['data']);
    const prepared = PreparedData.parse(await stored(ref.uri));
    const shard = join(runs.home.home, prepared.parts.fit.shards[0]?.artifact.uri ?? '');
    const whole = await readFile(shard);
    const damaged = {
      ...{ type: 'ArtifactDamaged', field: 'rerun.from', value: 'train' },
      remedy: expect.stringContaining("Rerun from 'preprocess'"),
    };
    await writeFile(shard, Buffer.from(whole).fill(1, 8, 9));
    expect(await refused(result.runId, 'train')).toMatchObject(damaged);
    await rm(shard);
    expect(await refused(result.runId, 'train')).toMatchObject(damaged);
    await writeFile(shard, whole);
    expect((await resultOf(await rerun(result.runId, 'deploy'))).weightsHash).toBe(
      result.weightsHash,
    );
  }, 60_000);
});
