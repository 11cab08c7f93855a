import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { runTask } from '../../../src/compute/run-task.ts';
import { type Config, readConfig } from '../../../src/config.ts';
import type { Preprocessed } from '../../../src/schemas/lifecycle-steps.ts';
import { parseJob } from '../../../src/schemas/parse-job.ts';
import type { TrainingOutcome, TrainingRequest } from '../../../src/schemas/training.ts';
import { unseal } from '../../../src/stores/checkpoint-log.ts';
import { type OpenStores, openStores } from '../../../src/stores/index.ts';
import { FaultyProxy } from '../../support/faulty-proxy.ts';
import { Moto } from '../../support/moto.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';

const SETUP_MS = 600_000;

let moto: Moto;
let proxy: FaultyProxy;
let folder: string;
let prepared: Preprocessed;
let undisturbed: TrainingOutcome;
let stores: OpenStores;

beforeAll(async () => {
  moto = await Moto.start();
  proxy = await FaultyProxy.start(moto.endpoint);
  folder = await mkdtemp(join(tmpdir(), 'sevenfold-s3-training-'));
  const variables = { ...moto.variables(proxy.endpoint), SEVENFOLD_STORE: moto.newStore() };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  stores = openStores(machine('first'));
  const data = await writeCsv(join(folder, 'customers.csv'), customerHeader, customers(3_000));
  const job = parseJob({ data, target: 'left' });
  prepared = await runTask(machine('first'), 'prepare', { job }, options('r/prepare'));
  undisturbed = await train('first', 'r/undisturbed');
}, SETUP_MS);
afterEach(() => {
  proxy.fault = () => null;
});
afterAll(async () => {
  await stores.close();
  await proxy.stop();
  await moto.stop();
  await rm(folder, { recursive: true });
});

/** A machine has a disk of its own. */
const machine = (name: string): Config =>
  readConfig({ ...process.env, SEVENFOLD_HOME: join(folder, name) });

const options = (lineage: string, signal = new AbortController().signal) => ({
  lineage,
  extend: [],
  signal,
  onProgress: () => undefined,
});

function train(
  on: string,
  lineage: string,
  onEpoch: (epoch: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<TrainingOutcome> {
  const request: TrainingRequest = {
    prepared: prepared.prepared,
    candidate: {
      estimator: 'mlp',
      hyperparameters: { dropout: 0.2, epochs: 40, batchSize: 8, patience: null },
    },
    ...{ rows: 'fit', seed: 3, maxEpochs: null, maxSeconds: null },
    ...{ checkpointSeconds: 0.1, otherFingerprint: 'refuse' },
  };
  return runTask(machine(on), 'train', request, {
    ...options(lineage, signal),
    onProgress: (progress) => {
      if (progress.kind === 'training') onEpoch(progress.training.epoch);
    },
  });
}

const same = ({ weightsHash, curve, epochs, validationScore }: TrainingOutcome) => ({
  ...{ weightsHash, curve, epochs, validationScore },
});

async function keysOf(lineage: string, part: string): Promise<string[]> {
  const found = await stores.objects.list(`checkpoints/${lineage}/${part}/`);
  return found.map(({ key }) => key);
}

async function logOf(lineage: string): Promise<(string | undefined)[]> {
  const keys = await keysOf(lineage, 'log');
  return Promise.all(keys.map(async (key) => unseal(await stores.objects.read(key))?.kind));
}

test('a training goes on while the store is away, and keeps its state when it is back', async () => {
  const lineage = 'r/outage';
  let refused = 0;
  proxy.fault = ({ method, url = '' }) => {
    // The first checkpoint and the second are given up, after three tries each.
    const isEntry = method === 'PUT' && /\/log\/0+2\b/.test(url) && url.includes(lineage);
    if (!isEntry || refused === 6) return null;
    refused += 1;
    return { kind: 'refuse', status: 503, code: 'ServiceUnavailable' };
  };
  expect(same(await train('first', lineage))).toEqual(same(undisturbed));
  expect(refused).toBe(6);
  // One attempt did it all: its claim, the checkpoint that an extension would need, the end.
  expect(await logOf(lineage)).toEqual(['claim', 'checkpoint', 'completion']);
  expect(await keysOf(lineage, 'blobs')).toHaveLength(1);
}, 120_000);

test('what one machine began another with a disk of its own ends, bit for bit', async () => {
  const lineage = 'r/moved';
  const stop = new AbortController();
  const watchFirst = (epoch: number) => {
    if (epoch >= 5) stop.abort();
  };
  const first = train('first', lineage, watchFirst, stop.signal);
  await expect(first).rejects.toThrow('aborted');
  const epochs: number[] = [];
  const second = await train('second', lineage, (epoch) => epochs.push(epoch));
  expect(same(second)).toEqual(same(undisturbed));
  expect(epochs[0]).toBeGreaterThan(5);
  expect((await logOf(lineage)).filter((kind) => kind === 'claim')).toHaveLength(2);
  expect(await readdir(join(folder, 'second'))).toEqual(['cache', 'tmp']);
  expect(await readdir(join(folder, 'second', 'tmp'))).toEqual([]);
}, 120_000);
