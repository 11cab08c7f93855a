import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { arrayFromPayloads, defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { LifecycleClient } from '../../../src/client/lifecycle-client.ts';
import { readConfig } from '../../../src/config.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import type { Optimisation } from '../../../src/schemas/lifecycle-steps.ts';
import { parseJob } from '../../../src/schemas/parse-job.ts';
import { RunReport } from '../../../src/schemas/report.ts';
import { LifecycleResult, RunManifest } from '../../../src/schemas/run.ts';
import { RunState } from '../../../src/schemas/run-state.ts';
import type { TrainingOutcome, TrainingRequest } from '../../../src/schemas/training.ts';
import type { StudyInput, study } from '../../../src/workflows/study.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { quickJob } from '../../support/quick-job.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { until } from '../../support/until.ts';

let runs: LocalRuns;
let data: string;
let quick: JobInput;

beforeAll(async () => {
  runs = await LocalRuns.create();
  data = await writeCsv(join(runs.home.home, 'table.csv'), customerHeader, customers(150));
  quick = { ...quickJob(data), name: 'quick' };
}, 180_000);
afterAll(() => runs.remove(), 60_000);

const STEPS = ['preprocess', 'select', 'tune', 'train', 'evaluate', 'optimise', 'deploy'];

describe('what no run can be made of fails at once, with what would be right', () => {
  interface Case {
    readonly args: (data: string) => unknown[];
    readonly type?: string;
    readonly field: string;
    readonly value?: unknown;
    readonly remedy: RegExp;
  }
  const CASES: Record<string, Case> = {
    'no argument': { args: () => [], field: 'job', remedy: /data and target/ },
    null: { args: () => [null], field: 'job', value: null, remedy: /data and target/ },
    text: { args: () => ['t.csv'], field: 'job', value: 't.csv', remedy: /data and target/ },
    'a list': { args: () => [[1]], field: 'job', value: [1], remedy: /data and target/ },
    bytes: { args: () => [Buffer.from('data: a.csv')], field: 'data', remedy: /Add 'data'/ },
    'no target': { args: (data) => [{ data }], field: 'target', remedy: /Add 'target'/ },
    'a wrong type': {
      args: (data) => [{ data, target: ['left'] }],
      ...{ field: 'target', value: ['left'], remedy: /Change 'target'/ },
    },
    'a misspelt key': {
      args: (data) => [{ data, target: 'left', budgt: '60s' }],
      ...{ type: 'UnknownKey', field: 'budgt', value: 'budgt', remedy: /'budget'/ },
    },
    'a misspelt choice': {
      args: (data) => [{ data, target: 'left', split: { kind: 'randm' } }],
      ...{ field: 'split.kind', value: 'randm', remedy: /'random'/ },
    },
    'a file that is not there': {
      args: () => [{ data: '/nowhere/table.csv', target: 'left' }],
      ...{ type: 'DataFileUnreadable', field: 'data', value: '/nowhere/table.csv', remedy: /path/ },
    },
    'a column that is not there': {
      args: (data) => [{ data, target: 'lefd' }],
      ...{ type: 'ColumnNotFound', field: 'target', value: 'lefd', remedy: /'left'/ },
    },
  };

  test.each(Object.entries(CASES))('%s', async (_, { args, type, field, remedy, value }) => {
    const run = await runs.start(...args(data));
    const failure = await runs.failure(run);
    expect(failure).toMatchObject({ type: type ?? 'InvalidJob', nonRetryable: true });
    const [problem] = failure.details as { field: string; value: unknown; remedy: string }[];
    expect(problem?.field).toBe(field);
    expect(problem?.value).toEqual(value);
    expect(problem?.remedy).toMatch(remedy);
    expect(failure.message).toContain(problem?.remedy);
    expect(await retriesOf(run)).toBe(0);
    expect((await runs.state(run))?.status).toBe('failed');
  });
});

test('bytes that can not be decoded fail a run at once, too', async () => {
  const payloads = [
    { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"data": "a.csv", ') },
    { metadata: { encoding: Buffer.from('binary/odd') }, data: Buffer.from('data: a.csv') },
    { data: Buffer.from('{"data": "a.csv"}') },
  ];
  for (const [i, payload] of payloads.entries()) {
    const workflowId = `undecodable-${i}`;
    await runs.client.connection.workflowService.startWorkflowExecution({
      ...{ namespace: 'default', workflowId, requestId: workflowId },
      ...{ workflowType: { name: 'lifecycle' }, taskQueue: { name: 'sevenfold' } },
      input: { payloads: [payload] },
    });
    const failure = await runs.failure(runs.client.workflow.getHandle(workflowId));
    expect(failure).toMatchObject({ type: 'InvalidJob', nonRetryable: true });
    expect(failure.details).toMatchObject([{ field: 'job', value: payload.data.toString() }]);
  }
});

test('signals of the wrong shape are not listened to, and stop nothing', async () => {
  const run = await runs.start(quick);
  const progress = { estimator: 'mlp', epoch: 1, loss: 'low' };
  for (const message of [undefined, null, 'text', {}, { label: 1 }, { label: '1' }]) {
    await run.signal('trainingProgress', message);
  }
  await run.signal('trainingProgress', { label: '1', progress });
  expect((await runs.state(run))?.training['1']).toBeUndefined();
  await run.result();
}, 60_000);

test('data and target are a whole job, and every part of the run is told of', async () => {
  const run = await runs.start({ data, target: 'left' });
  const result = LifecycleResult.parse(await run.result());
  expect(result).toMatchObject({ model: 'table-left', version: 1, alias: 'champion', trials: 12 });

  const state = RunState.parse(await runs.state(run));
  expect(state.steps.map(({ id, status }) => `${id} ${status}`)).toEqual(
    STEPS.map((id) => `${id} completed`),
  );
  expect(state).toMatchObject({ status: 'completed', runId: result.runId, training: {} });
  const details = await runs.currentDetails(run);
  for (const step of STEPS) expect(details).toMatch(new RegExp(`✔ \\| \\*\\*${step}\\*\\*`));

  const documents = join(runs.home.home, `documents/runs/${result.runId}`);
  const manifest = RunManifest.parse(
    JSON.parse(await readFile(join(documents, 'manifest.json'), 'utf8')),
  );
  expect(manifest).toMatchObject({ requestedBy: 'Temporal client', job: { target: 'left' } });
  for (const step of STEPS) {
    expect(await runs.stepRecord(run, step)).toMatchObject({ status: 'completed', failure: null });
  }
}, 90_000);

test('a run is found by its model, its step and its score, and says what it is about', async () => {
  const client = await LifecycleClient.connect(readConfig(runs.home.environment));
  onTestFinished(() => client.close());
  const run = await client.start({ ...quick, name: 'findable' }, { requestedBy: 'me' });
  const { score } = await run.result();
  const found = async (query: string) => {
    for await (const { workflowId } of runs.client.workflow.list({ query })) return workflowId;
    return null;
  };
  const by = `SevenfoldModel = 'findable' AND SevenfoldStep = 'deploy'`;
  expect(await until(() => found(`${by} AND SevenfoldScore > ${score - 1e-6}`))).toBe(
    run.workflowId,
  );
  expect(await found(`${by} AND SevenfoldScore > ${score + 1e-6}`)).toBeNull();
  const description = await run.describe();
  expect(await description.staticSummary()).toBe('findable: predict left');
  expect(await description.staticDetails()).toContain(data);
  expect(description.memo).toEqual({ requestedBy: 'me' });
}, 60_000);

describe('a GPU', () => {
  test('that is preferred, where none is offered, gives way to the CPU', async () => {
    const run = await runs.start({ ...quick, resources: { gpu: 'preferred' } });
    await run.result();
    expect(await queuesOf(run)).toEqual(new Set(['sevenfold', 'sevenfold-cpu']));
  }, 60_000);

  test('that is required is waited for, which the run tells, and then it is used', async () => {
    const run = await runs.start({ ...quick, resources: { gpu: 'required' } });
    const waiting = await runs.untilState(run, ({ steps: [step] }) =>
      step?.note.startsWith('waiting') === true ? step.note : null,
    );
    expect(waiting).toContain("Start one with 'sevenfold worker --queue sevenfold-gpu'");
    expect(await runs.currentDetails(run)).toContain(waiting);
    const worker = runs.home.start('worker', '--queue', 'sevenfold-gpu');
    await run.result();
    expect((await worker.interrupt('SIGTERM')).code).toBe(0);
    expect(await queuesOf(run)).toEqual(new Set(['sevenfold', 'sevenfold-gpu']));
  }, 90_000);

  test('that nobody offers in time fails the run, which says what would help', async () => {
    const resources = { gpu: 'required', gpuModel: 'H200', waitSeconds: 0 };
    const run = await runs.start({ ...quick, resources });
    const failure = await runs.failure(run);
    expect(failure).toMatchObject({ type: 'NoGpuWorker', nonRetryable: true });
    expect(failure.message).toContain('sevenfold worker --queue sevenfold-gpu-h200');
    expect(failure.details?.[0]).toMatchObject({ field: 'resources.gpu', value: 'required' });
    expect((await runs.state(run))?.status).toBe('failed');
  }, 60_000);
});

test('a time budget ends the search in time, and what it reached is recorded', async () => {
  const wide = await writeCsv(join(runs.home.home, 'wide.csv'), customerHeader, customers(3_000));
  const job: JobInput = {
    ...{ data: wide, target: 'left', estimators: ['mlp'], budget: { seconds: 8 } },
    // Left to themselves these trainings would take minutes each.
    hyperparameters: { mlp: { epochs: 50_000, patience: null } },
  };
  const run = await runs.start(job);
  const result = LifecycleResult.parse(await run.result());
  expect(result.seconds).toBeLessThan(40);
  const report = RunReport.parse(
    JSON.parse(await readFile(join(runs.home.home, result.reportJson.uri), 'utf8')),
  );
  expect(report.job.budget).toEqual({ seconds: 8 });
  const became = report.steps?.done.map(({ id, status }) => [id, status]);
  expect(became?.slice(-2)).toEqual([
    ['optimise', 'completed'],
    ['deploy', 'running'],
  ]);
  // What ran out of time at first sight is given the time that trials like it could not end in.
  expect(report.trials).toEqual([]);

  const outputsOf = async (step: string) => (await runs.stepRecord(run, step))?.outputs;
  const { optimisation } = (await outputsOf('optimise')) as { optimisation: Optimisation };
  const { chosen, final, refit } = optimisation;
  expect(chosen).toMatchObject({ status: 'out-of-time', epochs: expect.any(Number) });
  // Where the best weights were found early, there is time to train for as long on all rows.
  expect(final).toMatchObject(
    refit.done ? { status: 'completed', epochs: chosen.bestEpoch } : { status: 'out-of-time' },
  );
  expect(report.final).toMatchObject({ status: final.status, epochs: final.epochs });

  const { data: prepared } = (await outputsOf('preprocess')) as Pick<StudyInput, 'data'>;
  const { selection } = (await outputsOf('select')) as Pick<StudyInput, 'selection'>;
  const best = { ...selection.best, status: 'completed', seconds: 0.01 } as const;
  // Some seconds each, so that the last of eight begin when little time is left, or none.
  const hyperparameters = { mlp: { epochs: 500, patience: null } };
  const input: StudyInput = {
    run: { runId: randomUUID(), workflowId: 'nobody' },
    ...{
      taskQueue: 'sevenfold-cpu',
      job: parseJob({ ...job, hyperparameters }),
      data: prepared,
      paused: false,
    },
    selection: { ...selection, best },
    budget: {
      ...{ budget: { seconds: 8 }, startedAtMs: Date.now(), preparedMs: 0 },
      ...{ pausedMs: 0, pausedAtMs: null },
    },
    state: {
      ...{ next: 0, completed: 0, failed: 0, total: 0, exhausted: false },
      ...{ best, bestTrial: null },
    },
  };
  const search = await runs.client.workflow.start<typeof study>('study', {
    ...{ taskQueue: 'sevenfold', workflowId: 'side-by-side' },
    args: [input],
  });
  const { completed, failed } = await search.result();
  expect(failed).toBe(0);
  // Those that waited for a slot got as much less time as they waited.
  const times = await trialTimes(search);
  expect(times).toHaveLength(completed);
  for (const { allowed, waited, took } of times) {
    expect(took).toBeLessThan(Math.max(0, allowed - waited) + SLICE_SECONDS);
  }
}, 90_000);

/** A training looks at the clock between two slices. */
const SLICE_SECONDS = 1.5;

type Run = Awaited<ReturnType<LocalRuns['start']>>;

/** Attempts of activities after their first. */
async function retriesOf(run: Run): Promise<number> {
  const { events = [] } = await run.fetchHistory();
  const attempts = events?.map((event) => event.activityTaskStartedEventAttributes?.attempt ?? 1);
  return attempts?.reduce((sum, attempt) => sum + attempt - 1, 0) ?? 0;
}

/** Task queues that a run's activities went to. */
async function queuesOf(run: Run): Promise<Set<string>> {
  const { events = [] } = await run.fetchHistory();
  const names = events?.flatMap(
    (event) => event.activityTaskScheduledEventAttributes?.taskQueue?.name ?? [],
  );
  return new Set(names);
}

/** Of each trial, in seconds: what it was allowed, how long it waited for a slot, how long it trained. */
async function trialTimes(run: Pick<Run, 'fetchHistory'>) {
  const { events } = await run.fetchHistory();
  const time = (event: { eventTime?: { seconds?: unknown; nanos?: number | null } | null }) =>
    Number(event.eventTime?.seconds) + Number(event.eventTime?.nanos) / 1e9;
  const payload = (payloads: Parameters<typeof arrayFromPayloads>[1]) =>
    arrayFromPayloads(defaultPayloadConverter, payloads)[0];
  return (events ?? []).flatMap((scheduled) => {
    const asked = scheduled.activityTaskScheduledEventAttributes;
    if (asked?.activityType?.name !== 'runTrial') return [];
    const isOfIt = (id: { toString(): string } | null | undefined) =>
      String(id) === String(scheduled.eventId);
    const started = events?.find((event) =>
      isOfIt(event.activityTaskStartedEventAttributes?.scheduledEventId),
    );
    const completed = events?.find((event) =>
      isOfIt(event.activityTaskCompletedEventAttributes?.scheduledEventId),
    )?.activityTaskCompletedEventAttributes;
    // One whose turn came too late has failed.
    if (completed === undefined) return [];
    const { request } = payload(asked.input?.payloads) as { request: TrainingRequest };
    const outcome = payload(completed?.result?.payloads) as TrainingOutcome;
    const waited = time(started ?? {}) - time(scheduled);
    return [{ allowed: request.maxSeconds ?? 0, waited, took: outcome.seconds }];
  });
}
