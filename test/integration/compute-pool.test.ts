import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAlive } from '../../src/process-lock.ts';
import type { Preprocessed } from '../../src/schemas/lifecycle-steps.ts';
import { parseJob } from '../../src/schemas/parse-job.ts';
import type { TrainingOutcome, TrainingRequest } from '../../src/schemas/training.ts';
import { openStores } from '../../src/stores/index.ts';
import { ComputePool, type PoolOptions } from '../../src/workers/compute/compute-pool.ts';
import { workUnderWay } from '../chaos/watch-logs.ts';
import { poolOptions } from '../support/pool-options.ts';
import { childrenOf } from '../support/processes.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';
import { until } from '../support/until.ts';

let home: string;
let pool: ComputePool;
let prepared: Preprocessed;
/** Of an undisturbed training of `request`. */
let undisturbed: TrainingOutcome;

const GIB = 2 ** 30;
const openPool = (environment: NodeJS.ProcessEnv = {}, hungAfterMs?: number) =>
  new ComputePool({
    environment: { ...process.env, SEVENFOLD_HOME: home, ...environment },
    memoryBytes: 4 * GIB,
    ...(hungAfterMs !== undefined && { hungAfterMs }),
  });

/** Dropout, a schedule and early stopping: all that a restored training could get wrong. */
const request = (more: Partial<TrainingRequest> = {}): TrainingRequest => ({
  prepared: prepared.prepared,
  candidate: {
    estimator: 'mlp',
    hyperparameters: {
      hiddenLayers: [48, 24],
      dropout: 0.2,
      schedule: { kind: 'cosine' },
      epochs: 40,
      patience: 35,
      batchSize: 4,
    },
  },
  rows: 'fit',
  seed: 3,
  maxEpochs: null,
  maxSeconds: null,
  checkpointSeconds: 0.2,
  otherFingerprint: 'refuse',
  ...more,
});

const computing = () => childrenOf(process.pid, 'compute/main');
/** Entries of a log after the claims: the blob alone is no checkpoint yet. */
const checkpointsOf = async (lineage: string): Promise<number> =>
  (await workUnderWay(openStores({ home }).objects, lineage.split('/')[0] ?? '')).filter(
    (work) => work.lineage === lineage && work.keptAtMs > work.claimedAtMs,
  ).length;

/** Starts a training, and waits until it has kept a checkpoint. */
async function trainingUnderWay(lineage: string, from = pool, more: Partial<PoolOptions> = {}) {
  const before = new Set(await computing());
  const outcome = from.run('train', request(), poolOptions(lineage, more));
  outcome.catch(() => undefined);
  await until(async () => (await checkpointsOf(lineage)) > 0);
  const started = (await computing()).filter((pid) => !before.has(pid));
  return { outcome, pid: started[0] as number };
}

const same = (outcome: TrainingOutcome) => {
  const { weightsHash, curve, epochs, bestEpoch, validationScore, status } = outcome;
  return { weightsHash, curve, epochs, bestEpoch, validationScore, status };
};

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sevenfold-compute-'));
  const data = await writeCsv(join(home, 'customers.csv'), customerHeader, customers(3_000));
  pool = openPool();
  const job = parseJob({ data, target: 'left' });
  prepared = await pool.run('prepare', { job }, poolOptions('r/prepare'));
  undisturbed = await pool.run('train', request(), poolOptions('r/undisturbed'));
}, 120_000);
afterAll(async () => {
  await pool.close();
  await rm(home, { recursive: true });
});

test('a training whose process is killed again and again comes to the same bits', async () => {
  await pool.close();
  for (let kills = 0; kills < 3; kills++) {
    const { outcome, pid } = await trainingUnderWay(`r/killed`);
    process.kill(pid, 'SIGKILL');
    await expect(outcome).rejects.toMatchObject({ name: 'ComputeProcessDied' });
  }
  const finished = await pool.run('train', request(), poolOptions('r/killed'));
  expect(same(finished)).toEqual(same(undisturbed));
});

test('an attempt that comes back from a partition publishes nothing', async () => {
  await pool.close();
  const { outcome: stale, pid } = await trainingUnderWay('r/partition');
  process.kill(pid, 'SIGSTOP');
  const other = openPool();
  const successor = await other.run('train', request(), poolOptions('r/partition'));
  const { objects } = openStores({ home });
  const before = await objects.list('checkpoints/r/partition/log/');
  process.kill(pid, 'SIGCONT');
  await expect(stale).rejects.toMatchObject({ name: 'Fenced', isTransient: true });
  expect(await objects.list('checkpoints/r/partition/log/')).toEqual(before);
  expect(same(successor)).toEqual(same(undisturbed));
  await other.close();
});

test('work that was done, and whose answer was lost, is not done again', async () => {
  const rows: number[] = [];
  const again = await pool.run(
    'train',
    request(),
    poolOptions('r/undisturbed', { onProgress: () => rows.push(1) }),
  );
  expect(again).toEqual(undisturbed);
  expect(rows).toEqual([]);
});

test('who is told to stop keeps a checkpoint, goes, and the next goes on from there', async () => {
  await pool.close();
  const stop = new AbortController();
  const { outcome, pid } = await trainingUnderWay('r/stopped', pool, { signal: stop.signal });
  const startedAtMs = Date.now();
  stop.abort();
  await expect(outcome).rejects.toMatchObject({ name: 'TaskStopped' });
  expect(Date.now() - startedAtMs).toBeLessThan(5_000);
  expect(isAlive(pid)).toBe(false);
  const finished = await pool.run('train', request(), poolOptions('r/stopped'));
  expect(same(finished)).toEqual(same(undisturbed));
});

test('a process that does not listen is killed, and leaves its place', async () => {
  await pool.close();
  const stop = new AbortController();
  const { outcome, pid } = await trainingUnderWay('r/deaf', pool, { signal: stop.signal });
  process.kill(pid, 'SIGSTOP');
  const startedAtMs = Date.now();
  stop.abort();
  await expect(outcome).rejects.toMatchObject({ name: 'TaskStopped' });
  expect(Date.now() - startedAtMs).toBeLessThan(5_000);
  expect(isAlive(pid)).toBe(false);
});

test('a process that hangs is found by its silence', async () => {
  const impatient = openPool({}, 10_000);
  const { outcome, pid } = await trainingUnderWay('r/hung', impatient);
  process.kill(pid, 'SIGSTOP');
  await expect(outcome).rejects.toMatchObject({ name: 'ComputeProcessHung' });
  expect(isAlive(pid)).toBe(false);
  await impatient.close();
});

test('a compute process ends with the worker that started it, however that one ended', async () => {
  const module = new URL('../../src/workers/compute/compute-pool.ts', import.meta.url);
  const script = `
    import { ComputePool } from ${JSON.stringify(module.href)};
    const pool = new ComputePool({ environment: process.env, memoryBytes: 1e9 });
    await pool.run('train', ${JSON.stringify(request())}, {
      lineage: 'r/orphan', extend: [], signal: new AbortController().signal, memoryBytes: undefined,
      alone: false, onProgress() {}, onMemory() {},
    });`;
  const worker = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    { env: { ...process.env, SEVENFOLD_HOME: home }, stdio: 'ignore' },
  );
  await until(async () => (await checkpointsOf('r/orphan')) > 0);
  const [child] = await childrenOf(worker.pid as number, 'compute/main');
  worker.kill('SIGKILL');
  await until(() => !isAlive(child as number));
});

test('other arithmetic refuses, restarts or resumes, as the job says, and it is recorded', async () => {
  await pool.close();
  const policies = ['refuse', 'restart', 'resume'] as const;
  for (const policy of policies) {
    const { outcome, pid } = await trainingUnderWay(`r/${policy}`);
    process.kill(pid, 'SIGKILL');
    await outcome.catch(() => undefined);
  }
  const other = openPool({ TF_NUM_INTRAOP_THREADS: '2', TF_ENABLE_ONEDNN_OPTS: '1' });
  const goOn = (policy: (typeof policies)[number]) =>
    other.run('train', request({ otherFingerprint: policy }), poolOptions(`r/${policy}`));
  await expect(goOn('refuse')).rejects.toMatchObject({
    name: 'FingerprintMismatch',
    message: expect.stringMatching(/oneDnn was false, is true; intraOpThreads was 1, is 2/),
    isTransient: true,
  });
  const restarted = await goOn('restart');
  expect(restarted.fingerprint).toMatchObject({ intraOpThreads: 2, oneDnn: true });
  expect(restarted.mixedWith).toEqual([]);
  const resumed = await goOn('resume');
  expect(resumed.mixedWith).toMatchObject([{ intraOpThreads: 1, oneDnn: false }]);
  await other.close();
});

test('a process does small tasks without end, and makes room for another one when it has grown', async () => {
  const module = new URL('../fixtures/hoarding-step.ts', import.meta.url);
  const uses = `${fileURLToPath(module)}#hoard`;
  const own = openPool();
  /** Processes that so many tasks ran in, one after the other. */
  const processesOf = async (tasks: number, mebibytes: number) => {
    const pids = new Set<unknown>();
    for (let task = 0; task < tasks; task++) {
      const options = poolOptions(`r/hoard-${mebibytes}-${task}`);
      pids.add((await own.run('step', { uses, inputs: { mebibytes } }, options))['pid']);
    }
    return [...pids];
  };
  const [small, ...others] = await processesOf(201, 0);
  expect(others).toEqual([]);
  const grown = await processesOf(101, 6);
  expect(grown).toEqual([small, expect.not.toBeOneOf([small])]);
  expect(isAlive(small as number)).toBe(false);
  await own.close();
});
