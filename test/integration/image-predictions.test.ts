import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type PredictionServer,
  startPredictionServer,
} from '../../src/serving/start-prediction-server.ts';
import { barFiles, writeFiles } from '../support/images.ts';
import { PredictionClient } from '../support/prediction-client.ts';
import { SmallModels } from '../support/small-model.ts';

let models: SmallModels;
let server: PredictionServer;
let client: PredictionClient;
const bars = await barFiles(20);
const base64 = (name: string) => bars[name]?.toString('base64') ?? '';

beforeAll(async () => {
  models = new SmallModels(await mkdtemp(join(tmpdir(), 'sevenfold-images-')));
  const data = await writeFiles(join(models.home, 'bars'), bars);
  await writeFiles(models.home, { 'outside.png': bars['lying/0.png'] ?? '' });
  const hyperparameters = { filters: [4], hiddenLayers: [8], epochs: 30, learningRate: 0.01 };
  const job = { data, target: 'label', name: 'bars', split: { kind: 'stratified' } } as const;
  await models.register(await models.make(job, { estimator: 'cnn', hyperparameters }));
  const place = { host: '127.0.0.1', port: 0, imageFolder: data };
  server = await startPredictionServer({ ...models.stores, ...place });
  client = new PredictionClient(server.url);
});
afterAll(async () => {
  await server.close();
  await models.stores.close();
  await rm(models.home, { recursive: true });
});

test('an image is one to the bit as path, base64 and data URL, alone and among others', async () => {
  const names = Object.keys(bars).slice(0, 9);
  const byPath = await client.predict(
    'bars',
    names.map((image) => ({ image })),
  );
  const alone = await client.predict('bars', { image: base64(names[3] as string) });
  const asUrl = names.map((name) => ({ image: `data:image/png;base64,${base64(name)}` }));
  const byUrl = await client.predict('bars', asUrl);
  expect(byUrl.predictions).toEqual(byPath.predictions);
  expect(alone.predictions[0]).toEqual(byPath.predictions[3]);
  expect(byPath.warnings).toBeUndefined();
});

test('it tells standing bars from lying ones', async () => {
  const instances = Object.keys(bars).map((image) => ({ image }));
  const { predictions } = await client.predict('bars', instances);
  const hits = predictions.filter(({ prediction }, i) =>
    instances[i]?.image.startsWith(`${prediction}/`),
  );
  expect(hits.length / instances.length).toBeGreaterThan(0.9);
});

test.each([
  ['a broken image', Buffer.from('no image at all').toString('base64'), 'no whole image'],
  ['neither path nor base64', 'two words!', 'neither the path of an image nor base64'],
  ['a path that leads out of the folder', '../outside.png', 'there is no such file'],
  ['a file that is not there', 'lying/none.png', 'there is no such file'],
])('%s is refused, and named', async (_, image, expected) => {
  const problem = await client.refused('bars', JSON.stringify({ instances: [{ image }] }));
  expect(problem).toMatchObject({ status: 400, field: 'instances[0].image' });
  expect(problem.expected).toContain(expected);
});

test('a server that was told of no folder reads no files', async () => {
  const other = await startPredictionServer({ ...models.stores, host: '127.0.0.1', port: 0 });
  const instances = [{ image: 'lying/0.png' }];
  const problem = await new PredictionClient(other.url).refused(
    'bars',
    JSON.stringify({ instances }),
  );
  expect(problem.expected).toContain('give the image as base64');
  await other.close();
});

test('a missing image is told of', async () => {
  const { warnings } = await client.predict('bars', [{ image: null }, {}]);
  expect(warnings).toBeUndefined();
  const none = await client.predict('bars', {});
  expect(none.warnings).toEqual(["column 'image' is missing: imputed"]);
});
