import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { LifecycleClient, type StartedRun } from '../../src/client/lifecycle-client.ts';
import { readConfig } from '../../src/config.ts';
import { checkStore } from '../../src/stores/check/check-store.ts';
import { unseal } from '../../src/stores/checkpoint-log.ts';
import { type OpenStores, openStores } from '../../src/stores/index.ts';
import { differences, type Essence, essenceOf } from '../chaos/essence.ts';
import { type WorkUnderWay, workUnderWay } from '../chaos/watch-logs.ts';
import { Machines } from '../support/machines.ts';
import { Moto } from '../support/moto.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';
import { until } from '../support/until.ts';

const SETUP_MS = 600_000;
/** Longer than anybody waits for one answer of the store. */
const OUTAGE_MS = 15_000;

let moto: Moto;
let folder: string;
let undisturbed: Essence;

beforeAll(async () => {
  moto = await Moto.start();
  folder = await mkdtemp(join(tmpdir(), 'sevenfold-two-machines-'));
  await writeCsv(join(folder, 'customers.csv'), customerHeader, customers(4_000));
  undisturbed = await onMachines(async (site) => {
    const run = await startRun(site);
    return essenceOf(site.stores, await site.client.result(run));
  });
}, SETUP_MS);
afterAll(async () => {
  await moto.stop();
  await rm(folder, { recursive: true });
});

/** Machines, the store that they share, and a client. */
interface Site {
  readonly machines: Machines;
  readonly client: LifecycleClient;
  readonly stores: OpenStores;
}

/** Each time on new machines, and with a store in which nothing lies yet. */
async function onMachines<T>(act: (site: Site) => Promise<T>): Promise<T> {
  const variables = { ...moto.variables(), SEVENFOLD_STORE: moto.newStore() };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const machines = await Machines.start(inject('temporalBinary'), variables);
  vi.stubEnv('TEMPORAL_ADDRESS', machines.address);
  const config = readConfig({ ...process.env, SEVENFOLD_HOME: machines.home('main') });
  const client = await LifecycleClient.connect(config);
  const stores = openStores(config);
  try {
    return await act({ machines, client, stores });
  } finally {
    await client.close();
    await stores.close();
    await machines.stop();
    vi.unstubAllEnvs();
  }
}

/** One long training after shorter ones. */
const startRun = ({ client }: Site): Promise<StartedRun> =>
  client.start({
    data: join(folder, 'customers.csv'),
    target: 'left',
    name: 'two-machines',
    estimators: ['mlp'],
    hyperparameters: { mlp: { epochs: 40, patience: null, dropout: 0.1, batchSize: 4 } },
    budget: { trials: 1 },
    optimise: { rounds: 0 },
    refit: 'never',
    checkpoints: { everySeconds: 1 },
  });

/** The work of the training step, once its state was kept. */
const trainingWithCheckpoint = ({ client, stores }: Site, run: StartedRun): Promise<WorkUnderWay> =>
  until(async () => {
    const { firstExecutionRunId: runId } = run;
    const work = await workUnderWay(stores.objects, runId);
    const training = work.find(
      ({ lineage, keptAtMs, claimedAtMs }) =>
        lineage.startsWith(`${runId}/train-`) && keptAtMs > claimedAtMs,
    );
    const state = training === undefined ? await client.state(run) : null;
    if (state !== null && state.status !== 'running') throw new Error('It trained unseen.');
    return training;
  });

/** Processes that claimed a piece of work, in order. */
async function claimsOf({ stores: { objects } }: Site, lineage: string): Promise<number[]> {
  const entries = await objects.list(`checkpoints/${lineage}/log/`);
  const read = await Promise.all(entries.map(({ key }) => objects.read(key)));
  return read.flatMap((bytes) => {
    const entry = unseal(bytes);
    return entry?.kind === 'claim' ? [entry.pid] : [];
  });
}

async function expectSameAsUndisturbed(site: Site, run: StartedRun): Promise<void> {
  const { client, machines, stores } = site;
  const essence = await essenceOf(stores, await client.result(run));
  expect(differences(undisturbed, essence)).toEqual([]);
  expect(await checkStore(machines.home('main'), stores)).toEqual([]);
}

test('a run whose machine is lost in the middle of training ends on another, the same', () =>
  onMachines(async (site) => {
    const { machines } = site;
    const run = await startRun(site);
    const { pid, lineage } = await trainingWithCheckpoint(site, run);
    const lost = (await machines.whose(pid)) as string;
    await machines.lose(lost);

    await expectSameAsUndisturbed(site, run);

    const claims = await claimsOf(site, lineage);
    expect(claims[0]).toBe(pid);
    expect(claims).toHaveLength(2);
    // What the other had on its disk came out of the bucket.
    const other = lost === 'cpu-1' ? 'cpu-2' : 'cpu-1';
    expect((await readdir(machines.home(other))).toSorted()).toEqual(['cache', 'tmp']);
  }));

test('a store that gives no answer for a while in the middle of training only delays the run', () =>
  onMachines(async (site) => {
    const run = await startRun(site);
    const { lineage } = await trainingWithCheckpoint(site, run);
    process.kill(moto.pid, 'SIGSTOP');
    try {
      await pause(OUTAGE_MS);
    } finally {
      process.kill(moto.pid, 'SIGCONT');
    }

    await expectSameAsUndisturbed(site, run);

    expect(await claimsOf(site, lineage)).toHaveLength(1);
  }));
