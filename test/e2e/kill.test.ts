import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LifecycleClient, type StartedRun } from '../../src/client/lifecycle-client.ts';
import { readConfig } from '../../src/config.ts';
import { readStack } from '../../src/connection.ts';
import { type OpenStores, openStores } from '../../src/stores/index.ts';
import { differences, type Essence, essenceOf } from '../chaos/essence.ts';
import { CommandHome } from '../support/command.ts';
import { childrenOf } from '../support/processes.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';
import { until } from '../support/until.ts';

const STEPS = ['preprocess', 'select', 'tune', 'train', 'evaluate', 'optimise', 'deploy'];

let home: CommandHome;
let data: string;
let client: LifecycleClient;
let stores: OpenStores;
let undisturbed: Essence;

beforeAll(async () => {
  home = await CommandHome.create();
  data = await writeCsv(join(home.home, 'customers.csv'), customerHeader, customers(4_000));
  const { code, stderr } = await home.runHere('dev', '--detach');
  expect(code, stderr).toBe(0);
  client = await LifecycleClient.connect(readConfig(home.environment));
  stores = openStores({ home: home.home });
  undisturbed = await essenceOf(stores, await client.result(await startRun()));
}, 300_000);
afterAll(async () => {
  await stores.close();
  await client.close();
  await home.remove();
}, 60_000);

const startRun = (): Promise<StartedRun> =>
  client.start({
    data,
    target: 'left',
    name: 'killed',
    estimators: ['logistic', 'mlp'],
    hyperparameters: { mlp: { epochs: 30, batchSize: 8, patience: null } },
    budget: { trials: 4 },
    optimise: { rounds: 1 },
  });

test.each(['trainer', 'worker-cpu', 'worker-main', 'temporal', 'server'])(
  'a run comes to the same by itself although the %s is killed once in each of the seven steps',
  async (victim) => {
    const run = await startRun();
    const killed: string[] = [];
    const assassin = (async () => {
      for (const step of STEPS) {
        if (!(await waitUntilRunning(run, step))) return;
        if (await kill(victim)) killed.push(step);
      }
    })();

    const [result] = await Promise.all([client.result(run), assassin]);

    expect(result.score).toBeGreaterThan(0.7);
    expect(differences(undisturbed, await essenceOf(stores, result))).toEqual([]);
    // A trainer lives only where something is trained.
    const expected = victim === 'trainer' ? ['select', 'tune', 'train', 'optimise'] : STEPS;
    expect(killed).toEqual(expect.arrayContaining(expected));
  },
  300_000,
);

/** False when the run has closed. */
async function waitUntilRunning(run: StartedRun, step: string): Promise<boolean> {
  for (;;) {
    const state = await client.state(run);
    const status = state?.steps.find(({ id }) => id === step)?.status;
    if (status === 'running') return true;
    if (status === 'completed') throw new Error(`The step ${step} went by before it was seen.`);
    if (state !== null && state.status !== 'running') return false;
    await pause(10);
  }
}

async function pidOf(name: string): Promise<number | null> {
  const stack = await readStack(home.home);
  return stack?.processes.find((each) => each.name === name)?.pid ?? null;
}

async function kill(victim: string): Promise<boolean> {
  if (victim !== 'trainer') {
    // It may be on its way back from the last time.
    process.kill(await until(() => pidOf(victim)), 'SIGKILL');
    return true;
  }
  const worker = await pidOf('worker-cpu');
  if (worker === null) return false;
  const [trainer] = await childrenOf(worker, 'compute/main');
  if (trainer === undefined) return false;
  process.kill(trainer, 'SIGKILL');
  return true;
}
