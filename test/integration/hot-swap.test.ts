import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadTensorFlow } from '../../src/ml/backend.ts';
import { RandomStream } from '../../src/ml/random.ts';
import type { ModelPackage } from '../../src/schemas/model-package.ts';
import {
  type PredictionServer,
  startPredictionServer,
} from '../../src/serving/start-prediction-server.ts';
import { PredictionClient } from '../support/prediction-client.ts';
import { SmallModels } from '../support/small-model.ts';
import { writeCsv } from '../support/tables.ts';
import { until } from '../support/until.ts';

let models: SmallModels;
let server: PredictionServer;
let client: PredictionClient;

beforeAll(async () => {
  models = new SmallModels(await mkdtemp(join(tmpdir(), 'sevenfold-swap-')));
  server = await startPredictionServer({ ...models.stores, host: '127.0.0.1', port: 0 });
  client = new PredictionClient(server.url);
});
afterAll(async () => {
  await server.close();
  await models.stores.close();
  await rm(models.home, { recursive: true });
});

/** A network that learnt y = ±x well enough to tell it from the other one. */
async function sign(name: string, slope: 1 | -1): Promise<ModelPackage> {
  const random = new RandomStream(1, 'test-line');
  const rows = Array.from({ length: 200 }, () => {
    const x = 2 * random.uniform() - 1;
    return [x, slope * x];
  });
  const data = await writeCsv(join(models.home, `${name}${slope}.csv`), ['x', 'y'], rows);
  const hyperparameters = { hiddenLayers: [8], epochs: 20, learningRate: 0.02 };
  return models.make({ data, target: 'y', name }, { estimator: 'mlp', hyperparameters });
}

/** What a client saw: when it asked, when it was answered, by which version, and what. */
interface Seen {
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly version: number;
  readonly value: number;
}

/** Asks again and again, in several lanes, until told to stop. */
function hammer(place: string, lanes: number) {
  const stop = new AbortController();
  const seen: Seen[] = [];
  const lane = async () => {
    while (!stop.signal.aborted) {
      const askedAt = performance.now();
      const { version, predictions } = await client.predict(place, [{ x: 0.8 }, { x: 0.8 }]);
      const answeredAt = performance.now();
      expect(predictions[1]).toEqual(predictions[0]);
      seen.push({ askedAt, answeredAt, version, value: Number(predictions[0]?.prediction) });
    }
  };
  const done = Promise.all(Array.from({ length: lanes }, lane));
  const failed = done.then(() => false as const);
  failed.catch(() => undefined);
  return {
    seen,
    /** Until so many more answers have come; throws what a request failed by. */
    async more(count: number): Promise<void> {
      const goal = seen.length + count;
      await Promise.race([until(() => seen.length >= goal), failed]);
    },
    async end(): Promise<void> {
      stop.abort();
      await done;
    },
  };
}

test('a new champion takes over between two requests: none fails, none is mixed', async () => {
  await models.register(await sign('swapped', 1));
  await models.stores.registry.setAlias('swapped', 'champion', 1);
  const clients = hammer('swapped', 6);
  await clients.more(150);

  const second = await models.register({ ...(await sign('swapped', -1)), runId: 'b-run' });
  await clients.more(50);
  const swapStarts = performance.now();
  await models.stores.registry.setAlias('swapped', 'champion', second.version);
  const swapped = performance.now();
  await clients.more(150);
  await clients.end();

  const { seen } = clients;
  const versionsOf = (some: readonly Seen[]) => new Set(some.map(({ version }) => version));
  expect(versionsOf(seen.filter(({ answeredAt }) => answeredAt < swapStarts))).toEqual(
    new Set([1]),
  );
  expect(versionsOf(seen.filter(({ askedAt }) => askedAt > swapped))).toEqual(new Set([2]));
  for (const { version, value } of seen) expect(Math.sign(value)).toBe(version === 1 ? 1 : -1);
  for (const version of [1, 2]) {
    const values = seen.filter((each) => each.version === version).map(({ value }) => value);
    expect(new Set(values).size).toBe(1);
  }
}, 60_000);

test('weights that can not be read are a failure of the server, until they can', async () => {
  const damaged = await sign('damaged', 1);
  const { weights } = damaged;
  const path = join(models.home, weights.uri);
  const bytes = await readFile(path);
  await models.register(damaged);
  await writeFile(path, bytes.toReversed());
  const ask = () => client.refused('damaged', '{"instances": {"x": 1}}');
  for (const problem of await Promise.all([ask(), ask(), ask()])) {
    expect(problem).toMatchObject({ status: 500, type: 'urn:sevenfold:problem:ServerFailure' });
    expect(JSON.stringify(problem)).not.toContain(weights.sha256);
  }
  await writeFile(path, bytes);
  expect(await client.predict('damaged', { x: 1 })).toMatchObject({ version: 1 });
}, 60_000);

test('more models than are kept loaded take turns while all are in use, and none fails', async () => {
  const [up, down] = [await sign('many', 1), await sign('many', -1)];
  const versions = Array.from({ length: 14 }, (_, i) => i + 1);
  for (const i of versions) {
    await models.register({ ...(i % 2 === 0 ? up : down), runId: `many-${i}` });
  }
  const tf = await loadTensorFlow();
  const all = versions.map((version) => hammer(`many/versions/${version}`, 2));
  for (const clients of all) await clients.more(20);
  for (const clients of all) await clients.end();

  for (const [index, { seen }] of all.entries()) {
    const version = index + 1;
    expect(new Set(seen.map((each) => each.version))).toEqual(new Set([version]));
    expect(new Set(seen.map(({ value }) => Math.sign(value)))).toEqual(
      new Set([version % 2 === 0 ? 1 : -1]),
    );
  }
  // Two kernels and two biases a network; those beyond the eight used last are gone.
  expect(tf.memory().numTensors).toBe(8 * 4);
  await server.close();
  expect(tf.memory().numTensors).toBe(0);
}, 60_000);
