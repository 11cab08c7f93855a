import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { runTask } from '../../../src/compute/run-task.ts';
import { type Config, readConfig } from '../../../src/config.ts';
import type { Preprocessed } from '../../../src/schemas/lifecycle-steps.ts';
import { parseJob } from '../../../src/schemas/parse-job.ts';
import type { TrainingOutcome, TrainingRequest } from '../../../src/schemas/training.ts';
import { openStores } from '../../../src/stores/index.ts';
import { FaultyProxy } from '../../support/faulty-proxy.ts';
import { Moto } from '../../support/moto.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';

const SETUP_MS = 600_000;

let moto: Moto;
let proxy: FaultyProxy;
let folder: string;
let prepared: Preprocessed;
let undisturbed: TrainingOutcome;

beforeAll(async () => {
  moto = await Moto.start();
  proxy = await FaultyProxy.start(moto.endpoint);
  folder = await mkdtemp(join(tmpdir(), 'sevenfold-s3-training-'));
  const variables = { ...moto.variables(proxy.endpoint), SEVENFOLD_STORE: moto.newStore() };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const data = await writeCsv(join(folder, 'customers.csv'), customerHeader, customers(3_000));
  const job = parseJob({ data, target: 'left' });
  prepared = await runTask(machine('first'), 'prepare', { job }, options('r/prepare'));
  undisturbed = await train('first', 'r/undisturbed');
}, SETUP_MS);
afterEach(() => {
  proxy.fault = () => null;
});
afterAll(async () => {
  await proxy.stop();
  await moto.stop();
  await rm(folder, { recursive: true });
});

/** A machine has a disk of its own. */
const machine = (name: string): Config =>
  readConfig({ ...process.env, SEVENFOLD_HOME: join(folder, name) });

const options = (lineage: string, signal = new AbortController().signal) => ({
  lineage,
  extend: null,
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
    candidate: { estimator: 'mlp', hyperparameters: { dropout: 0.2, epochs: 40, patience: null } },
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

async function logOf(lineage: string): Promise<string[]> {
  const stores = openStores(machine('first'));
  const entries: string[] = [];
  for (const { key } of await stores.objects.list(`checkpoints/${lineage}/log/`)) {
    entries.push(Buffer.from((await stores.objects.read(key)) ?? []).toString());
  }
  await stores.close();
  return entries.map((text) => (JSON.parse(text) as { entry: { kind: string } }).entry.kind);
}

test('a training goes on while the store is away, and keeps its state when it is back', async () => {
  const lineage = 'r/outage';
  let kept = 0;
  let refused = 0;
  proxy.fault = ({ method, url = '' }) => {
    if (!url.includes(lineage)) return null;
    if (method === 'PUT' && url.includes('/blobs/')) kept += 1;
    // The first checkpoint and the second are given up after three tries each.
    if (kept === 0 || refused === 6) return null;
    refused += 1;
    return { kind: 'refuse', status: 503, code: 'ServiceUnavailable' };
  };
  expect(same(await train('first', lineage))).toEqual(same(undisturbed));
  expect(refused).toBe(6);
  expect(kept).toBeGreaterThan(6);
  // One attempt did it all: its claim, the checkpoint that an extension would need, the end.
  expect(await logOf(lineage)).toEqual(['claim', 'checkpoint', 'completion']);
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
