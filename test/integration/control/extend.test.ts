import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobInput } from '../../../src/schemas/job.ts';
import { LifecycleResult, RunManifest } from '../../../src/schemas/run.ts';
import { TrainingOutcome } from '../../../src/schemas/training.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { network, slowJob, untilCheckpoint, untilState } from '../../support/slow-job.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';

type Run = Awaited<ReturnType<LocalRuns['start']>>;

let runs: LocalRuns;
let data: string;

beforeAll(async () => {
  runs = await LocalRuns.create();
  data = await writeCsv(join(runs.home.home, 'table.csv'), customerHeader, customers(600));
}, 180_000);
afterAll(() => runs.remove(), 60_000);

const EPOCHS = 40;
const MORE = 55;
/** Rates that fall by the epoch, and rates that depend on the total. */
const step = { kind: 'step', everyEpochs: 7, factor: 0.7 };
const cosine = { kind: 'cosine' };
const jobOf = (schedule: object, epochs: number, more: Partial<JobInput> = {}) =>
  slowJob(data, epochs, { hyperparameters: { mlp: { ...network, schedule, epochs } }, ...more });

const resultOf = async (run: Run) => LifecycleResult.parse(await run.result());
const manifestOf = async ({ firstExecutionRunId }: Run) => {
  const path = join(runs.home.home, `documents/runs/${firstExecutionRunId}/manifest.json`);
  return RunManifest.parse(JSON.parse(await readFile(path, 'utf8')));
};
const modelOf = async (run: Run) =>
  TrainingOutcome.parse((await runs.stepRecord(run, 'train'))?.outputs['model']);

test('more epochs for a training under way give what they had given from the start', async () => {
  const run = await runs.start(jobOf(step, EPOCHS));
  await untilCheckpoint(runs, run, 'train');
  await run.executeUpdate('extend', { args: [{ epochs: EPOCHS + 5 }] });
  // However long the command takes to start, the training waits for it.
  await run.executeUpdate('pause');
  const { code, stderr } = await runs.home.run('extend', run.workflowId, '--epochs', String(MORE));
  expect(code, stderr).toBe(0);
  await run.executeUpdate('resume');
  const { weightsHash } = await resultOf(run);

  const outright = await runs.start({
    rerun: {
      runId: run.firstExecutionRunId,
      from: 'train',
      set: { 'hyperparameters.mlp.epochs': MORE },
    },
  });
  expect(weightsHash).toBe((await resultOf(outright)).weightsHash);
  const model = await modelOf(run);
  expect(model.curve).toEqual((await modelOf(outright)).curve);
  expect(model.epochs).toBe(MORE);
  expect(model.candidate.hyperparameters).toMatchObject({ epochs: MORE });
  expect((await manifestOf(run)).extensions).toMatchObject([
    {
      request: { epochs: EPOCHS + 5 },
      trainings: [{ label: 'train', from: EPOCHS, to: EPOCHS + 5, schedule: 'kept' }],
    },
    {
      request: { epochs: MORE },
      trainings: [{ label: 'train', from: EPOCHS + 5, to: MORE, schedule: 'kept' }],
    },
  ]);
}, 60_000);

test('where the rate depends on the total, a lineage of its own goes on from the checkpoint', async () => {
  const run = await runs.start(jobOf(cosine, EPOCHS));
  await untilCheckpoint(runs, run, 'train');
  await run.executeUpdate('extend', { args: [{ epochs: MORE }] });
  await resultOf(run);
  const model = await modelOf(run);
  expect(model.epochs).toBe(MORE);
  expect((await manifestOf(run)).extensions).toMatchObject([
    { trainings: [{ label: 'train', from: EPOCHS, to: MORE, schedule: 'changed' }] },
  ]);
  // The rates before are those of the smaller total, the ones after of the larger one.
  const curve = JSON.parse(await readFile(join(runs.home.home, model.curve.uri), 'utf8')) as {
    learningRate: number;
  }[];
  const rates = curve.map(({ learningRate }) => learningRate);
  const cosineAt = (epoch: number, total: number) =>
    (network.learningRate * (1 + Math.cos((Math.PI * epoch) / total))) / 2;
  expect(Math.abs((rates[0] ?? 0) - cosineAt(1, EPOCHS))).toBeLessThan(1e-5);
  expect(Math.abs((rates[MORE - 2] ?? 0) - cosineAt(MORE - 1, MORE))).toBeLessThan(1e-5);
}, 60_000);

test('more trials: the search goes on to the new total', async () => {
  const job = { ...slowJob(data, 8), hyperparameters: { mlp: { epochs: 8 } } };
  const run = await runs.start({ ...job, budget: { trials: 2 } });
  await untilState(runs, run, ({ steps }) => steps[2]?.status === 'running');
  await run.signal('extend', { trials: 5 });
  const result = await resultOf(run);
  expect(result.trials).toBe(5);
  const outright = await resultOf(await runs.start({ ...job, budget: { trials: 5 } }));
  expect(result.weightsHash).toBe(outright.weightsHash);
  expect((await manifestOf(run)).extensions).toMatchObject([{ request: { trials: 5 } }]);
}, 60_000);

test('a total that is not larger is refused, and so is what is over', async () => {
  const run = await runs.start(jobOf(step, 5_000, { budget: { trials: 1, epochs: EPOCHS } }));
  const refused = (request: object) =>
    run.executeUpdate('extend', { args: [request] }).then(
      () => 'accepted',
      (error: unknown) => (error instanceof WorkflowUpdateFailedError ? error.cause?.message : ''),
    );
  await untilCheckpoint(runs, run, 'screen-mlp');
  expect(await refused({ epochs: EPOCHS })).toMatch(
    /^epochs: got 40; expected a whole number above 40, the present total\. Give the new total, 41/,
  );
  expect(await refused({ trials: 1 })).toMatch(/^trials: got 1; expected a whole number above 1/);
  expect(await refused({ epoch: 50 })).toMatch(/^epoch: /);
  await untilCheckpoint(runs, run, 'train');
  expect(await refused({ trials: 5 })).toMatch(
    /^trials: got 5; expected a run whose search goes on/,
  );
  await run.cancel();
  await expect(run.result()).rejects.toThrow('cancelled');
}, 60_000);
