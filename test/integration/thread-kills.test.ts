import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Candidate } from '../../src/schemas/hyperparameters.ts';
import type { Preprocessed } from '../../src/schemas/lifecycle-steps.ts';
import { parseJob } from '../../src/schemas/parse-job.ts';
import type { TrainingRequest } from '../../src/schemas/training.ts';
import { type OpenStores, openStores } from '../../src/stores/index.ts';
import { withThreads } from '../../src/workers/compute/choose-threads.ts';
import { ComputePool } from '../../src/workers/compute/compute-pool.ts';
import { poolOptions } from '../support/pool-options.ts';
import { essenceOf, killOnce } from '../support/training-kills.ts';

const digits = resolve(import.meta.dirname, '../../examples/13-digits/digits');
const TIMEOUT_MS = 300_000;

let home: string;
let pool: ComputePool;
let stores: OpenStores;
let prepared: Preprocessed;

/** Convolutions of some hundred million multiplications a step. */
const large: Candidate = {
  estimator: 'cnn',
  hyperparameters: { filters: [48, 96], epochs: 60, patience: null, batchSize: 192 },
};
const small: Candidate = {
  estimator: 'mlp',
  hyperparameters: { hiddenLayers: [16], epochs: 3, batchSize: 32 },
};

const request = (candidate: Candidate): TrainingRequest => ({
  ...{ prepared: prepared.prepared, candidate, rows: 'fit', seed: 3 },
  ...{ maxEpochs: null, maxSeconds: null, checkpointSeconds: 0.2 },
  ...{ otherFingerprint: 'refuse' },
});

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sevenfold-threads-'));
  stores = openStores({ home });
  pool = new ComputePool({
    environment: { ...process.env, SEVENFOLD_HOME: home },
    memoryBytes: 4 * 2 ** 30,
    hungAfterMs: TIMEOUT_MS,
  });
  const job = parseJob({ data: digits, target: 'label', split: { kind: 'stratified' } });
  prepared = await pool.run('prepare', { job }, poolOptions('r/prepare'));
}, TIMEOUT_MS);
afterAll(async () => {
  await pool.close();
  await stores.close();
  await rm(home, { recursive: true });
});

test('small steps are done by one thread, whatever the machine has', async () => {
  const compute = withThreads(pool, stores, 2);
  const outcome = await compute.run('train', request(small), poolOptions('r/small'));
  expect(outcome.fingerprint.interOpThreads).toBe(1);
});

test(
  'large steps are done by all cores, and by as many when a killed training goes on elsewhere',
  async () => {
    const onTwo = withThreads(pool, stores, 2);
    const whole = await onTwo.run('train', request(large), poolOptions('r/whole'));
    expect(whole.fingerprint.interOpThreads).toBe(2);

    await pool.close();
    const killed = { pool: onTwo, home, lineage: 'r/killed', request: request(large) };
    expect(await killOnce(killed)).toBe('killed');
    const onThree = withThreads(pool, stores, 3);
    const outcome = await onThree.run('train', request(large), poolOptions('r/killed'));
    expect(outcome.fingerprint.interOpThreads).toBe(2);
    expect(essenceOf(outcome)).toEqual(essenceOf(whole));

    const anew = await onThree.run('train', request(large), poolOptions('r/anew'));
    expect(anew.fingerprint.interOpThreads).toBe(3);
  },
  TIMEOUT_MS,
);
