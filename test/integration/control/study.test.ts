import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readStack } from '../../../src/connection.ts';
import { parseJob } from '../../../src/schemas/parse-job.ts';
import { openStores } from '../../../src/stores/index.ts';
import { trialDocuments } from '../../../src/stores/run-documents.ts';
import type { BudgetState } from '../../../src/workflows/budget-clock.ts';
import type { StudyInput } from '../../../src/workflows/study.ts';
import type { StudyState } from '../../../src/workflows/trials.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { heavyUnderWay, slowJob, untilCheckpoint, untilState } from '../../support/slow-job.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { until } from '../../support/until.ts';

const TRIALS = 7;
/** Of the studies that were started, by workflow id. */
const runIds = new Map<string, string>();

let runs: LocalRuns;
let first: Awaited<ReturnType<LocalRuns['start']>>;
/** A study as a lifecycle asks for it, on prepared data and a selection of its own. */
let input: StudyInput;

beforeAll(async () => {
  runs = await LocalRuns.create();
  const data = await writeCsv(join(runs.home.home, 'table.csv'), customerHeader, customers(400));
  const job = { ...slowJob(data, 10), hyperparameters: { mlp: { epochs: 10 } } };
  first = await runs.start(job);
  await first.result();
  const outputsOf = async (step: string) => (await runs.stepRecord(first, step))?.outputs;
  const { data: prepared } = (await outputsOf('preprocess')) as Pick<StudyInput, 'data'>;
  const { selection } = (await outputsOf('select')) as Pick<StudyInput, 'selection'>;
  input = {
    run: { runId: '', workflowId: 'nobody' },
    taskQueue: 'sevenfold-cpu',
    ...{ job: parseJob(job), data: prepared, selection },
    ...{ budget: budgetOf(TRIALS), paused: false },
    state: {
      ...{ next: 0, completed: 0, failed: 0, total: 0, exhausted: false },
      ...{ best: selection.best, bestTrial: null },
    },
  };
}, 180_000);
afterAll(() => runs.remove(), 60_000);

const budgetOf = (trials: number): BudgetState => ({
  ...{ budget: { trials }, startedAtMs: 0, pausedMs: 0, pausedAtMs: null, preparedMs: 0 },
});

/** Starts a run with trials that take minutes, but a quick search for what to try. */
const startLongTrials = () =>
  runs.start({
    rerun: {
      ...{ runId: first.firstExecutionRunId, from: 'tune' },
      set: { 'budget.trials': 3, 'hyperparameters.mlp': { epochs: 100_000, patience: null } },
    },
  });

/** Starts a study of a run that is nobody's, so that it finds no work of another one done. */
const startStudy = (
  workflowId: string,
  trialsPerHistory: number,
  more: Partial<StudyInput> = {},
) => {
  const runId = randomUUID();
  runIds.set(workflowId, runId);
  return runs.client.workflow.start('study', {
    ...{ taskQueue: 'sevenfold', workflowId },
    args: [{ ...input, ...more, run: { ...input.run, runId }, trialsPerHistory }],
  });
};

/** What a study came to, without the time it took. */
async function essenceOf(study: Awaited<ReturnType<typeof startStudy>>) {
  const { best, ...state } = (await study.result()) as StudyState;
  const { documents } = openStores({ home: runs.home.home });
  const keys = await documents.list(trialDocuments(runIds.get(study.workflowId) ?? ''));
  const trials = await Promise.all(
    keys.map(async (key) => {
      const { number, outcome } = (await documents.read(key)) as {
        number: number;
        outcome: { weightsHash: string; curve: object };
      };
      return { number, weights: outcome.weightsHash, curve: outcome.curve };
    }),
  );
  return { ...state, best: best.weightsHash, trials };
}

/** Histories that a study took. */
async function historiesOf(workflowId: string): Promise<number> {
  let count = 0;
  const query = `WorkflowId = '${workflowId}'`;
  for await (const _ of runs.client.workflow.list({ query })) count += 1;
  return count;
}

test('a study comes to the same, however often it continues as new, and whoever is killed', async () => {
  const whole = await startStudy('whole', 1_000);
  const expected = await essenceOf(whole);
  expect(expected).toMatchObject({ next: TRIALS, completed: TRIALS, total: TRIALS });
  expect(expected.trials).toHaveLength(TRIALS);

  const cut = await startStudy('cut', 3);
  const stack = await readStack(runs.home.home);
  const worker = stack?.processes.find(({ name }) => name === 'worker-main')?.pid ?? 0;
  await until(async () => (await historiesOf('cut')) === 2);
  process.kill(worker, 'SIGKILL');
  expect(await essenceOf(cut)).toEqual(expected);
  expect(await historiesOf('cut')).toBe(3);
  expect(await historiesOf('whole')).toBe(1);
}, 60_000);

test('a trial whose turn comes when too little time is left is not begun, and no failure', async () => {
  const { job, selection } = input;
  const budget = { seconds: 20 };
  const study = await startStudy('late', 1_000, {
    job: { ...job, budget, hyperparameters: { mlp: { epochs: 100_000, patience: null } } },
    selection: { ...selection, best: { ...selection.best, seconds: 6, crossValidation: null } },
    budget: { ...budgetOf(0), budget, startedAtMs: Date.now() },
  });
  const { next, completed, failed } = (await study.result()) as StudyState;
  // As many as there are slots; each takes all the time that there is.
  const slots = Math.min(next, availableParallelism());
  expect({ next, completed, failed }).toEqual({ next: 8, completed: slots, failed: 0 });
  const { documents } = openStores({ home: runs.home.home });
  expect(await documents.list(trialDocuments(runIds.get('late') ?? ''))).toHaveLength(slots);
}, 60_000);

test('no word to a study is lost between two of its histories', async () => {
  const last = 8;
  const study = await startStudy('told', 1, { budget: budgetOf(4) });
  // A larger total in each history, all of which a later one has to know.
  let latest = '';
  for (let total = 5; total <= last; total++) {
    latest = await until(async () => {
      const { runId } = await study.describe();
      return runId === latest ? null : runId;
    });
    await study.signal('steer', { paused: false, budget: budgetOf(total) });
  }
  expect(await study.result()).toMatchObject({ total: last, completed: last });
}, 60_000);

test('a lifecycle pauses, extends and cancels its study, and shows how it goes', async () => {
  const run = await startLongTrials();
  const study = runs.client.workflow.getHandle(
    `${run.workflowId}/study/${run.firstExecutionRunId}`,
  );
  await untilCheckpoint(runs, run, 'trial');
  await untilState(runs, run, ({ training }) => Object.keys(training).length > 0);
  await run.executeUpdate('pause');
  await until(async () => (await heavyUnderWay(study)).length === 0);
  expect(await runs.state(run)).toMatchObject({ status: 'paused', training: {} });
  await run.executeUpdate('extend', { args: [{ trials: 4 }] });
  await run.executeUpdate('resume');
  // The three go on, and a fourth begins.
  await until(async () => (await heavyUnderWay(study)).length === 4);
  await run.cancel();
  await expect(run.result()).rejects.toThrow('cancelled');
  await expect(study.result()).rejects.toThrow('cancelled');
  expect(await heavyUnderWay(study)).toEqual([]);
}, 60_000);

test('a study ends with its run, also where that is terminated', async () => {
  const run = await startLongTrials();
  const study = runs.client.workflow.getHandle(
    `${run.workflowId}/study/${run.firstExecutionRunId}`,
  );
  await untilCheckpoint(runs, run, 'trial');
  await run.terminate('enough');
  await expect(study.result()).rejects.toThrow('cancelled');
}, 60_000);
