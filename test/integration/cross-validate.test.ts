import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { OutcomeOf, RequestOf } from '../../src/compute/compute-task.ts';
import { runTask } from '../../src/compute/run-task.ts';
import { readConfig } from '../../src/config.ts';
import { RandomStream } from '../../src/ml/random.ts';
import type { Candidate } from '../../src/schemas/hyperparameters.ts';
import type { Preprocessed } from '../../src/schemas/lifecycle-steps.ts';
import { parseJob } from '../../src/schemas/parse-job.ts';
import type { TrainingOutcome, TrainingRequest } from '../../src/schemas/training.ts';
import { writeCsv } from '../support/tables.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const home = await temporaryFolder('cross-validate');
const config = readConfig({ ...process.env, SEVENFOLD_HOME: home });

async function run<Kind extends 'prepare' | 'train' | 'crossValidate' | 'ensemble'>(
  kind: Kind,
  request: RequestOf<Kind>,
  {
    lineage = `test/${Math.random()}`,
    signal = new AbortController().signal,
    onProgress = () => {},
  } = {},
): Promise<OutcomeOf<Kind>> {
  return runTask(config, kind, request, { lineage, extend: [], signal, onProgress });
}

const requestFor = (data: Preprocessed, candidate: Candidate): TrainingRequest => ({
  ...{ prepared: data.prepared, candidate, rows: 'fit', seed: 0, maxEpochs: null },
  ...{ maxSeconds: null, checkpointSeconds: 0.001, otherFingerprint: 'refuse' },
});

async function validate(data: Preprocessed, candidate: Candidate) {
  const training = requestFor(data, candidate);
  const first = await run('train', training);
  return { training, first, outcome: await run('crossValidate', { training, first }) };
}

let data: Preprocessed;
/** Of which nothing can be learnt. */
let noise: Preprocessed;
beforeAll(async () => {
  const random = new RandomStream(3, 'test-table');
  const rows = Array.from({ length: 200 }, () => {
    const [a, b] = [random.normal(), random.normal()];
    return [a, b, a * b + 0.3 * random.normal(), random.uniform() < 0.5 ? 'yes' : 'no'];
  });
  const path = await writeCsv(join(home, 'table.csv'), ['a', 'b', 'y', 'coin'], rows);
  const drop = (column: string) => ({ columns: { drop: [column] } });
  data = await run('prepare', { job: parseJob({ data: path, target: 'y', ...drop('coin') }) });
  noise = await run('prepare', {
    job: parseJob({ data: path, target: 'coin', metric: 'accuracy', ...drop('y') }),
  });
});

const mlp: Candidate = { estimator: 'mlp', hyperparameters: { epochs: 12, hiddenLayers: [16] } };

test('a small table is prepared with folds', () => {
  expect(data.folds).toBe(5);
});

test('no row is predicted by a model that was trained on it', async () => {
  // The nearest neighbour of a row that it has seen is that row: it would be right each time.
  const { outcome } = await validate(noise, {
    estimator: 'nearestNeighbours',
    hyperparameters: { neighbours: 1 },
  });
  expect(outcome.fitScore).toBe(1);
  expect(outcome.crossValidation?.folds).toBe(5);
  expect(outcome.validationScore).toBeLessThan(0.7);
});

test('score and predictions are of all training rows, and the model is that of the first fold', async () => {
  const { first, outcome } = await validate(data, mlp);
  const { fit, validation } = data.rows;
  expect(first.predictions?.bytes).toBe(8 * validation);
  expect(outcome.predictions?.bytes).toBe(8 * (fit + validation));
  expect(outcome.crossValidation).toEqual({ folds: 5, firstScore: first.validationScore });
  expect(outcome.weightsHash).toBe(first.weightsHash);
  expect(outcome.validationScore).not.toBe(first.validationScore);
});

describe('a cross-validation that is stopped', () => {
  test('goes on where it was, and comes to the same', async () => {
    const { training, first, outcome } = await validate(data, mlp);
    const lineage = 'test/stopped';
    const ends: string[] = [];
    for (const after of [1, 2, 3]) {
      const stop = new AbortController();
      let seen = 0;
      const onProgress = () => {
        seen += 1;
        if (seen === after) stop.abort(new Error('stopped'));
      };
      const work = run(
        'crossValidate',
        { training, first },
        {
          lineage,
          signal: stop.signal,
          onProgress,
        },
      );
      ends.push(await work.then(() => 'done', String));
    }
    expect(ends[0]).toContain('stopped');
    const resumed = await run('crossValidate', { training, first }, { lineage });
    expect(essence(resumed)).toEqual(essence(outcome));
  });

  test('by time is what it was on the first fold', async () => {
    const training = requestFor(data, mlp);
    const first = await run('train', training);
    const hasty = { ...training, maxSeconds: 0.001 };
    expect(await run('crossValidate', { training: hasty, first })).toEqual(first);
  });
});

test('an ensemble is made of what was validated on the same rows', async () => {
  const network = (units: number): Candidate => ({
    estimator: 'mlp',
    hyperparameters: { epochs: 60, hiddenLayers: [units], learningRate: 0.01 },
  });
  const ridge: Candidate = { estimator: 'ridge', hyperparameters: {} };
  const tried = [await validate(data, network(24)), await validate(data, network(25))];
  const outcomes = tried.map(({ outcome }) => outcome);
  const singleFold = await run('train', requestFor(data, ridge));
  const { ensemble, model } = await run('ensemble', {
    ...{ prepared: data.prepared, trialsOf: [], others: [...outcomes, singleFold] },
    ...{ chosen: outcomes[0] as TrainingOutcome, most: 8, seconds: null, seed: 0 },
  });
  expect(ensemble.considered).toBe(2);
  expect(ensemble.members.map(({ estimator }) => estimator)).toEqual(['mlp', 'mlp']);
  expect(ensemble.members.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  expect(ensemble.kept).toBe(true);
  expect(model?.candidate.estimator).toBe('ensemble');
  expect(model?.validationScore).toBe(ensemble.score);
});

/** What must not depend on interruptions. */
const essence = (outcome: TrainingOutcome) => ({ ...outcome, seconds: 0 });
