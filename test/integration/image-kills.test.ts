import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Preprocessed } from '../../src/schemas/lifecycle-steps.ts';
import { parseJob } from '../../src/schemas/parse-job.ts';
import type { TrainingOutcome, TrainingRequest } from '../../src/schemas/training.ts';
import { ComputePool } from '../../src/workers/compute/compute-pool.ts';
import { poolOptions } from '../support/pool-options.ts';
import { essenceOf, killOnce, trainThroughKills } from '../support/training-kills.ts';

const digits = resolve(import.meta.dirname, '../../examples/13-digits/digits');
const MOST_KILLS = 10;
const FEWEST_KILLS = 5;
const TIMEOUT_MS = 900_000;

let home: string;
let pool: ComputePool;
let prepared: Preprocessed;
let undisturbed: TrainingOutcome;

const openPool = (environment: NodeJS.ProcessEnv = {}) =>
  new ComputePool({
    environment: { ...process.env, SEVENFOLD_HOME: home, ...environment },
    memoryBytes: 4 * 2 ** 30,
    // On a machine that is very busy, starting takes long.
    hungAfterMs: TIMEOUT_MS,
  });

/** Augmentation, dropout and a schedule: all that depends on how far the training is. */
const request = (): TrainingRequest => ({
  prepared: prepared.prepared,
  candidate: {
    estimator: 'cnn',
    hyperparameters: {
      filters: [16, 32],
      dropout: 0.2,
      shift: 0.13,
      flip: true,
      schedule: { kind: 'cosine' },
      epochs: 2_000,
      patience: null,
      batchSize: 8,
    },
  },
  rows: 'fit',
  seed: 3,
  maxEpochs: null,
  maxSeconds: null,
  checkpointSeconds: 0.2,
  otherFingerprint: 'refuse',
});

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sevenfold-image-kills-'));
  pool = openPool();
  const job = parseJob({ data: digits, target: 'label', split: { kind: 'stratified' } });
  prepared = await pool.run('prepare', { job }, poolOptions('r/prepare'));
  undisturbed = await pool.run('train', request(), poolOptions('r/undisturbed'));
}, TIMEOUT_MS);
afterAll(async () => {
  await pool.close();
  await rm(home, { recursive: true });
});

test(
  'a convolutional network that is killed again and again comes to the same bits and curve',
  async () => {
    await pool.close();
    const training = { pool, home, lineage: 'r/killed', request: request() };
    const { kills, outcome: result } = await trainThroughKills(training, MOST_KILLS);
    expect(kills).toBeGreaterThanOrEqual(FEWEST_KILLS);
    expect(essenceOf(result)).toEqual(essenceOf(undisturbed));
    expect(result.validationScore).toBeGreaterThan(0.8);
  },
  TIMEOUT_MS,
);

test(
  'the number of threads is recorded, and a checkpoint is not taken up with another',
  async () => {
    await pool.close();
    const lineage = 'r/threads';
    expect(await killOnce({ pool, home, lineage, request: request() })).toBe('killed');
    expect(undisturbed.fingerprint).toMatchObject({ intraOpThreads: 1, oneDnn: false });

    const others = openPool({ TF_NUM_INTRAOP_THREADS: '2' });
    await expect(others.run('train', request(), poolOptions(lineage))).rejects.toThrow(
      /intraOpThreads was 1, is 2/,
    );
    await others.close();
    expect(essenceOf(await pool.run('train', request(), poolOptions(lineage)))).toEqual(
      essenceOf(undisturbed),
    );
  },
  TIMEOUT_MS,
);
