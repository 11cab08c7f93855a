import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LifecycleClient } from '../../src/client/lifecycle-client.ts';
import { readConfig } from '../../src/config.ts';
import { readStack } from '../../src/connection.ts';
import { RandomStream } from '../../src/ml/random.ts';
import { decodeSnapshot } from '../../src/ml/training/snapshot.ts';
import { decodeTrainingState } from '../../src/ml/training/training-state.ts';
import type { JobInput } from '../../src/schemas/job.ts';
import { ModelPackage } from '../../src/schemas/model-package.ts';
import type { LifecycleResult } from '../../src/schemas/run.ts';
import { readLatestCheckpoint, unseal } from '../../src/stores/checkpoint-log.ts';
import { type OpenStores, openStores } from '../../src/stores/index.ts';
import { readJson } from '../../src/stores/json-artifact.ts';
import { differences, essenceOf } from '../chaos/essence.ts';
import { CommandHome } from '../support/command.ts';
import { killWorker } from '../support/kill-worker.ts';
import { PredictionClient } from '../support/prediction-client.ts';
import { childrenOf } from '../support/processes.ts';
import { quickRetraining } from '../support/quick-job.ts';
import { writeCsv } from '../support/tables.ts';
import { until } from '../support/until.ts';

const ROWS = 8_000;
const VICTIMS = ['trainer', 'worker-cpu'] as const;
const FEWEST_KILLS = 3;
const TIMEOUT_MS = 600_000;

let home: CommandHome;
let job: JobInput;
let serving: PredictionClient;
let client: LifecycleClient;
let stores: OpenStores;

const header = ['a', 'b', 'city', 'y'];

/** A line that networks follow and steps that trees do, with gaps and categories: the mean of both is better. */
function rows(count: number, seed: number): (string | number)[][] {
  const random = new RandomStream(seed, 'test-ensemble-kills');
  return Array.from({ length: count }, () => {
    const [a, b] = [random.normal(), random.normal()];
    const city = `city${random.below(12)}`;
    const y = 2 * a + Math.sin(3 * b) + (city.endsWith('7') ? 2 : 0) + 0.5 * random.normal();
    return [a.toFixed(4), random.uniform() < 0.1 ? '' : b.toFixed(4), city, y.toFixed(4)];
  });
}

beforeAll(async () => {
  home = await CommandHome.create();
  const data = await writeCsv(join(home.home, 'rows.csv'), header, rows(ROWS, 1));
  job = {
    ...{ data, target: 'y', name: 'mean', estimators: ['mlp', 'gradientBoosting', 'randomForest'] },
    hyperparameters: {
      mlp: { hiddenLayers: [32, 32], batchSize: 8, dropout: 0.1, epochs: 80, patience: null },
      gradientBoosting: { trees: 600, learningRate: 0.03, rowShare: 0.6, patience: null },
      randomForest: { trees: 100 },
    },
    ...quickRetraining,
    ...{ optimise: { rounds: 0 }, refit: 'always', checkpoints: { everySeconds: 0.1 } },
    deployment: { formats: ['onnx'] },
  };
  const { code, stderr, json } = await home.runHere('dev', '--detach', '--json');
  expect(code, stderr).toBe(0);
  serving = new PredictionClient(String(json['serving']));
  client = await LifecycleClient.connect(readConfig(home.environment));
  stores = openStores({ home: home.home });
}, TIMEOUT_MS);
afterAll(async () => {
  await stores.close();
  await client.close();
  await home.remove();
}, 60_000);

interface Standing {
  /** Of the attempt that kept the state. */
  readonly token: number;
  /** Members whose training has ended. */
  readonly finished: number;
  /** Worked for, over all attempts that the state comes from. */
  readonly seconds: number;
}

/** Where a run's refit stands by the newest state that was kept; null where there is none. */
async function standingOf(runId: string): Promise<Standing | null> {
  const { objects } = stores;
  const keys = (await objects.list(`checkpoints/${runId}/`)).map(({ key }) => key);
  const newest = keys
    .filter((key) => /\/refit-\w+\/log\//.test(key))
    .toSorted()
    .at(-1);
  if (newest === undefined) return null;
  const entry = unseal(await objects.read(newest));
  const [, lineage = ''] = /^checkpoints\/(.+)\/log\//.exec(newest) ?? [];
  const found = await readLatestCheckpoint(objects, lineage);
  if (entry?.kind !== 'checkpoint' || found === null) return null;
  const { state, estimatorState } = decodeTrainingState(found.state);
  const { finished } = decodeSnapshot(estimatorState).document as Pick<Standing, 'finished'>;
  return { token: entry.token, finished, seconds: state.seconds };
}

async function kill(victim: (typeof VICTIMS)[number]): Promise<void> {
  if (victim === 'worker-cpu') return killWorker(home, victim);
  const stack = await readStack(home.home);
  const worker = stack?.processes.find(({ name }) => name === 'worker-cpu')?.pid ?? 0;
  for (const pid of await childrenOf(worker, 'compute/main')) process.kill(pid, 'SIGKILL');
}

/** What a model says of new rows, as its server answers. */
async function served({ model, version }: LifecycleResult): Promise<unknown> {
  const instances = rows(200, 2).map((cells) =>
    Object.fromEntries(header.slice(0, 3).map((name, i) => [name, cells[i]])),
  );
  const { predictions } = await serving.predict(`${model}/versions/${version}`, instances);
  expect(predictions).toHaveLength(200);
  return predictions;
}

/** Hashes of the graph that other frameworks are given. */
async function exported({ package: ref }: LifecycleResult): Promise<string[]> {
  const { exports } = ModelPackage.parse(await readJson(stores.artifacts, ref));
  const files = exports.flatMap((each) => each.files);
  return files.filter(({ path }) => path === 'model.onnx').map(({ artifact }) => artifact.sha256);
}

/** Kills each victim once in each member while a run refits; gives what it saw, until the run has ended. */
async function disturb(runId: string, hasEnded: () => boolean) {
  const [seen, killed]: [Standing[], Standing[]] = [[], []];
  await until(async () => {
    const now = await standingOf(runId);
    if (now === null || now.seconds === seen.at(-1)?.seconds) return hasEnded();
    seen.push(now);
    const isDead = now.token === killed.at(-1)?.token;
    const victim = VICTIMS[killed.filter(({ finished }) => finished === now.finished).length];
    if (!isDead && victim !== undefined) {
      killed.push(now);
      await kill(victim);
    }
    return hasEnded();
  });
  return { seen, killed };
}

test(
  'an ensemble whose trainer and worker are killed in one member after another goes on, and is the same, served and exported',
  async () => {
    const whole = await client.result(await client.start(job));
    expect(whole.estimator).toBe('ensemble');

    const run = await client.start(job);
    const { runId } = await until(() => client.state(run));
    let hasEnded = false;
    const running = client.result(run).finally(() => (hasEnded = true));
    const [mended, { seen, killed }] = await Promise.all([running, disturb(runId, () => hasEnded)]);

    expect(killed.length).toBeGreaterThanOrEqual(FEWEST_KILLS);
    expect(new Set(killed.map(({ finished }) => finished)).size).toBeGreaterThanOrEqual(2);
    // Each attempt went on from what the killed one had kept: neither members nor work are begun anew.
    expect(new Set(seen.map(({ token }) => token)).size).toBeGreaterThanOrEqual(killed.length);
    for (const of of ['finished', 'seconds'] as const) {
      const values = seen.map((standing) => standing[of]);
      expect(values, of).toEqual(values.toSorted((a, b) => a - b));
    }
    expect(differences(await essenceOf(stores, whole), await essenceOf(stores, mended))).toEqual(
      [],
    );
    expect(mended.weightsHash).toBe(whole.weightsHash);
    expect(await exported(whole)).toHaveLength(1);
    expect(await exported(mended)).toEqual(await exported(whole));
    expect(await served(mended)).toEqual(await served(whole));
  },
  TIMEOUT_MS,
);
