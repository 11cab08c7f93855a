import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalHash } from '../../src/canonical-json.ts';
import type { RequestOf } from '../../src/compute/compute-task.ts';
import { importModel } from '../../src/compute/import-model.ts';
import { runTask } from '../../src/compute/run-task.ts';
import { readConfig } from '../../src/config.ts';
import { formats } from '../../src/formats/index.ts';
import { makeExport } from '../../src/formats/make-export.ts';
import { openPortableModel } from '../../src/formats/portable-model.ts';
import { drawSelfTest } from '../../src/formats/self-test.ts';
import { Model } from '../../src/ml/model.ts';
import type { ModelPackage, ModelVersion } from '../../src/schemas/model-package.ts';
import { parseMapping } from '../../src/schemas/parse-mapping.ts';
import { DriftPolicy, PromotionPolicy } from '../../src/schemas/retraining.ts';
import { startPredictionServer } from '../../src/serving/start-prediction-server.ts';
import { putJson } from '../../src/stores/json-artifact.ts';
import { problemOfRejected } from '../support/input-problem.ts';
import { mappingOfFeatures } from '../support/mapping-of.ts';
import { SmallModels } from '../support/small-model.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const home = await temporaryFolder('imported-champion');
const models = new SmallModels(home);
const { stores } = models;
const data = join(home, 'customers.csv');
const mlp = (epochs: number) =>
  models.make(
    { data, target: 'left', name: 'churn' },
    { estimator: 'mlp', hyperparameters: { hiddenLayers: [8], epochs, learningRate: 0.01 } },
  );
/** The weak model, by Keras' file; and the strong one, trained here. */
let champion: ModelVersion;
let weak: ModelPackage;
let strong: ModelPackage;

beforeAll(async () => {
  await writeCsv(data, customerHeader, customers(400));
  weak = await mlp(1);
  strong = await mlp(60);
  const read = stores.artifacts.read.bind(stores.artifacts);
  const model = await Model.load(weak, read);
  const portable = await openPortableModel(weak, read);
  const folder = join(home, 'keras');
  await makeExport(formats.keras, portable, drawSelfTest(portable, model), folder);
  model.dispose();
  const { classes, target } = weak.problem;
  const { version } = await importModel(
    {
      path: join(folder, 'model.keras'),
      name: 'churn',
      mapping: parseMapping(
        mappingOfFeatures(portable.transform, { target, task: 'binary', classes }),
      ),
      data,
      alias: 'champion',
      requestedBy: 'a test',
    },
    stores,
  );
  champion = version;
});
afterAll(() => stores.close());

const run = <Kind extends 'compare' | 'check'>(kind: Kind, request: RequestOf<Kind>) =>
  runTask(readConfig({ ...process.env, SEVENFOLD_HOME: home }), kind, request, {
    lineage: `test/${canonicalHash(request)}`,
    extend: [],
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });

const compareWith = async (challenger: ModelPackage) =>
  run('compare', {
    job: challenger.job,
    dataHash: challenger.dataHash,
    champion,
    challenger: { package: await putJson(stores.artifacts, challenger), version: 2 },
    promotion: PromotionPolicy.parse({}),
  });

test('a challenger that is better beats an imported champion, on the same rows', async () => {
  const found = await compareWith(strong);
  expect(found).toMatchObject({
    rows: 80,
    isBetter: true,
    champion: { version: champion.version },
  });
  expect(found.challenger.score).toBeCloseTo(strong.evaluation.score, 10);
  expect(found.champion.score).toBeCloseTo(weak.evaluation.score, 6);
  expect(found.warnings).toEqual([expect.stringContaining('the champion was imported')]);
});

test('the same model does not beat itself', async () => {
  const found = await compareWith(weak);
  expect(found.isBetter).toBe(false);
  expect(Math.abs(found.gain)).toBeLessThan(1e-6);
});

test('new data is held against what an imported champion reads', async () => {
  const policy = DriftPolicy.parse({});
  const { job } = strong;
  const check = await run('check', { job, champion, policy });
  expect(check).toMatchObject({ rows: 400, columns: [] });
  expect(check.warnings).toEqual([expect.stringContaining('the champion was imported')]);
  const narrow = await writeCsv(
    join(home, 'narrow.csv'),
    ['age', 'left'],
    customers(50).map(([age = 0, , , left = '']) => [age, left]),
  );
  const problem = await problemOfRejected(
    run('check', { job: { ...job, data: narrow }, champion, policy }),
  );
  expect(problem).toMatchObject({ code: 'ShapeChanged' });
  expect(problem.expected).toContain("'price', 'city'");
});

test('the prediction server serves it, and says where it came from', async () => {
  const server = await startPredictionServer({ ...stores, host: '127.0.0.1', port: 0 });
  try {
    const described = await fetch(`${server.url}/v1/models/churn`);
    expect(await described.json()).toMatchObject({
      estimator: 'imported keras',
      aliases: ['champion'],
      report: null,
      weightsHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const instances = customers(20, 3).map(([age, price, city]) => ({ age, price, city }));
    const answer = await fetch(`${server.url}/v1/models/churn:predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ instances }),
    });
    const { predictions } = (await answer.json()) as {
      predictions: { prediction: string; probabilities: Record<string, number> }[];
    };
    const model = await Model.load(weak, (ref) => stores.artifacts.read(ref));
    model.predict(instances).forEach(({ prediction, probabilities }, row) => {
      expect(predictions[row]?.prediction).toBe(prediction);
      expect(predictions[row]?.probabilities['yes']).toBeCloseTo(probabilities?.['yes'] ?? 0, 6);
    });
    model.dispose();
    const bad = await fetch(`${server.url}/v1/models/churn:predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ instances: [{ age: 'old' }] }),
    });
    expect(bad.status).toBe(400);
    expect(await bad.json()).toMatchObject({ field: 'instances[0].age' });
  } finally {
    await server.close();
  }
});
