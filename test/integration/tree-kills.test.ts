import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RandomStream } from '../../src/ml/random.ts';
import type { Candidate } from '../../src/schemas/hyperparameters.ts';
import type { Preprocessed } from '../../src/schemas/lifecycle-steps.ts';
import { parseJob } from '../../src/schemas/parse-job.ts';
import type { TrainingRequest } from '../../src/schemas/training.ts';
import { ComputePool } from '../../src/workers/compute/compute-pool.ts';
import { poolOptions } from '../support/pool-options.ts';
import { writeCsv } from '../support/tables.ts';
import { essenceOf, trainThroughKills } from '../support/training-kills.ts';

const ROWS = 20_000;
const MOST_KILLS = 4;
const FEWEST_KILLS = 2;
const TIMEOUT_MS = 600_000;

let home: string;
let prepared: Preprocessed;

const openPool = (environment: NodeJS.ProcessEnv = {}) =>
  new ComputePool({
    environment: { ...process.env, SEVENFOLD_HOME: home, ...environment },
    memoryBytes: 4 * 2 ** 30,
    hungAfterMs: TIMEOUT_MS,
  });

/** Rows and columns drawn anew for each tree: all that depends on how far the training is. */
const CANDIDATES: readonly Candidate[] = [
  {
    estimator: 'gradientBoosting',
    hyperparameters: {
      ...{ trees: 1000, patience: null, leaves: 15, rowShare: 0.6, columnShare: 0.5 },
      ...{ learningRate: 0.03, l2: 1, classWeights: 'balanced' },
    },
  },
  { estimator: 'randomForest', hyperparameters: { trees: 150, minRowsPerLeaf: 1 } },
  {
    estimator: 'ensemble',
    hyperparameters: {
      members: [
        {
          estimator: 'gradientBoosting',
          hyperparameters: { rowShare: 0.6 },
          weight: 2,
          epochs: 150,
        },
        { estimator: 'randomForest', hyperparameters: { trees: 50 }, weight: 1 },
        { estimator: 'logistic', hyperparameters: {}, weight: 1 },
      ],
    },
  },
];
/** An epoch is a tree, or a member. */
const epochsOf = ({ hyperparameters: { trees, members } }: Candidate): unknown =>
  trees ?? (members as readonly unknown[]).length;

const requestFor = (candidate: Candidate): TrainingRequest => ({
  ...{ prepared: prepared.prepared, candidate, rows: 'fit', seed: 3 },
  ...{ maxEpochs: null, maxSeconds: null, checkpointSeconds: 0.1 },
  ...{ otherFingerprint: 'refuse' },
});

/** Numbers with gaps, categories, and three classes. */
function rows(): (string | number)[][] {
  const random = new RandomStream(7, 'test-tree-kills');
  return Array.from({ length: ROWS }, () => {
    const [a, b] = [random.normal(), random.normal()];
    const city = `city${random.below(40)}`;
    const score = a * b + (city.endsWith('7') ? 1 : 0) + 0.5 * random.normal();
    const label = score < -0.4 ? 'low' : score < 0.6 ? 'middle' : 'high';
    const gap = random.uniform() < 0.2 ? '' : b.toFixed(4);
    return [a.toFixed(4), gap, city, random.below(1000), label];
  });
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sevenfold-tree-kills-'));
  const data = await writeCsv(join(home, 'rows.csv'), ['a', 'b', 'city', 'noise', 'label'], rows());
  const pool = openPool();
  const job = parseJob({ data, target: 'label' });
  prepared = await pool.run('prepare', { job }, poolOptions('r/prepare'));
  await pool.close();
}, TIMEOUT_MS);
afterAll(() => rm(home, { recursive: true }));

test.each(CANDIDATES)(
  '$estimator that is killed again and again comes to the same model and curve, at any number of threads',
  async (candidate) => {
    const request = requestFor(candidate);
    const { estimator } = candidate;
    const undisturbed = openPool({ OMP_NUM_THREADS: '2' });
    const expected = await undisturbed.run('train', request, poolOptions(`r/whole-${estimator}`));
    await undisturbed.close();

    const pool = openPool({ OMP_NUM_THREADS: '1' });
    const training = { pool, home, lineage: `r/killed-${estimator}`, request };
    const { kills, outcome } = await trainThroughKills(training, MOST_KILLS);
    await pool.close();
    expect(kills).toBeGreaterThanOrEqual(FEWEST_KILLS);
    expect(essenceOf(outcome)).toEqual(essenceOf(expected));
    expect(outcome.epochs).toBe(epochsOf(candidate));
  },
  TIMEOUT_MS,
);
