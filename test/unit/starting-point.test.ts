import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveStart } from '../../src/activities/resolve-start.ts';
import { importModel } from '../../src/compute/import-model.ts';
import { loadModel } from '../../src/compute/load-model.ts';
import { runTask } from '../../src/compute/run-task.ts';
import { readConfig } from '../../src/config.ts';
import { toDenseChain } from '../../src/formats/imported/starting-point/dense-chain.ts';
import { formats } from '../../src/formats/index.ts';
import { makeExport } from '../../src/formats/make-export.ts';
import { openPortableModel } from '../../src/formats/portable-model.ts';
import { drawSelfTest } from '../../src/formats/self-test.ts';
import { Model } from '../../src/ml/model.ts';
import type { JobInput } from '../../src/schemas/job.ts';
import type { ModelVersion } from '../../src/schemas/model-package.ts';
import { parseJob } from '../../src/schemas/parse-job.ts';
import { parseMapping } from '../../src/schemas/parse-mapping.ts';
import type { TrainingRequest } from '../../src/schemas/training.ts';
import { problemIn, problemOfRejected } from '../support/input-problem.ts';
import { mappingOfFeatures } from '../support/mapping-of.ts';
import { SmallModels } from '../support/small-model.ts';
import { modelsFrom, STANDING_STILL } from '../support/start-from.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const home = await temporaryFolder('starting-point');
const models = new SmallModels(home);
const { stores } = models;
const read = stores.artifacts.read.bind(stores.artifacts);
const first = join(home, 'first.csv');
/** Other statistics, classes in another order of frequency, and a level that was not there. */
const second = join(home, 'second.csv');
const LAYERS = { hiddenLayers: [6, 4], activation: 'tanh' } as const;
const records = customers(40, 9).map(([age, price, city, left]) => ({ age, price, city, left }));

beforeAll(async () => {
  await writeCsv(first, customerHeader, customers(300));
  const others = customers(300, 4).map(([age, price, city, left], row) => [
    Number(age) + 20,
    Number(price) / 3,
    row % 5 === 0 ? 'Kyiv' : (city as string),
    left as string,
  ]);
  await writeCsv(second, customerHeader, others);
});
afterAll(() => stores.close());

/** A model that was trained on the first table, written as Keras, and imported. */
async function importTrained(job: Partial<JobInput> & { target: string }, name: string) {
  const hyperparameters = { ...LAYERS, epochs: 4, learningRate: 0.01 };
  const made = await models.make({ data: first, ...job }, { estimator: 'mlp', hyperparameters });
  const model = await Model.load(made, read);
  const portable = await openPortableModel(made, read);
  const folder = join(home, name);
  await makeExport(formats.keras, portable, drawSelfTest(portable, model), folder);
  model.dispose();
  const { task, target, classes } = made.problem;
  const mapping = mappingOfFeatures(portable.transform, { task, target, classes });
  const { version } = await importModel(
    {
      ...{ path: join(folder, 'model.keras'), name, data: first, requestedBy: 'a test' },
      mapping: parseMapping(mapping),
    },
    stores,
  );
  return version;
}

describe.each<[string, Partial<JobInput> & { target: string }]>([
  ['two classes', { target: 'left' }],
  ['three classes', { target: 'city' }],
  ['regression', { target: 'price' }],
  ['regression on a log scale', { target: 'price', preprocess: { targetScale: 'log' } }],
])('%s', (name, job) => {
  let version: ModelVersion;
  beforeAll(async () => {
    version = await importTrained(job, name.replaceAll(' ', '-'));
  });

  test('an MLP on other data begins as the imported model, whatever its own statistics', async () => {
    const data = job.target === 'city' ? first : second;
    const made = await modelsFrom(home, version.package).make(
      { ...job, data, preprocess: { ...job.preprocess, dropDuplicates: false }, seed: 3 },
      { estimator: 'mlp', hyperparameters: { ...LAYERS, ...STANDING_STILL } },
    );
    const start = await loadModel(stores.artifacts, version);
    const model = await Model.load(made, read);
    const [expected, found] = [await start.outputs(records), model.outputs(records)];
    const { classes } = start.package.problem;
    const width = Math.max(1, classes.length);
    const largest = Math.max(...expected.map(Math.abs));
    expect(found).toHaveLength(expected.length);
    expected.forEach((value, i) => {
      const own = made.problem.classes.indexOf(classes[i % width] ?? '');
      const at = width === 1 ? i : i - (i % width) + own;
      expect(Math.abs(value - (found[at] as number)) / largest).toBeLessThanOrEqual(1e-5);
    });
    start.dispose();
    model.dispose();
  });
});

test('training goes on from there, and gives other weights than from drawn ones', async () => {
  const version = await importTrained({ target: 'left' }, 'goes-on');
  const candidate = {
    estimator: 'mlp',
    hyperparameters: { ...LAYERS, epochs: 3, learningRate: 0.01 },
  } as const;
  const job = { data: second, target: 'left' };
  const started = await modelsFrom(home, version.package).make(job, candidate);
  const again = await modelsFrom(home, version.package).make({ ...job, name: 'again' }, candidate);
  const drawn = await models.make(job, candidate);
  expect(started.weightsHash).toBe(again.weightsHash);
  expect(started.weightsHash).not.toBe(drawn.weightsHash);
});

test('a training that was stopped goes on to the same bits', async () => {
  const { package: startFrom } = await importTrained({ target: 'left' }, 'stopped');
  const requests: TrainingRequest[] = [];
  const train = (
    request: TrainingRequest,
    lineage: string,
    stopAfter = Number.POSITIVE_INFINITY,
  ) => {
    const stop = new AbortController();
    const epochs: number[] = [];
    const outcome = runTask(
      readConfig({ ...process.env, SEVENFOLD_HOME: home }),
      'train',
      request,
      {
        ...{ lineage, extend: [], signal: stop.signal },
        onProgress: (progress) => {
          if (progress.kind !== 'training') return;
          epochs.push(progress.training.epoch);
          if (progress.training.epoch >= stopAfter) stop.abort(new Error('stopped'));
        },
      },
    );
    return { outcome, epochs };
  };
  await new SmallModels(home, (request) => {
    requests.push({ ...request, startFrom, checkpointSeconds: 0.001 });
    return train(requests[0] as TrainingRequest, 'test/whole').outcome;
  }).make(
    { data: second, target: 'left' },
    { estimator: 'mlp', hyperparameters: { ...LAYERS, epochs: 400, patience: null } },
  );
  const [request] = requests as [TrainingRequest];
  const whole = await train(request, 'test/whole').outcome;
  await expect(train(request, 'test/cut', 2).outcome).rejects.toThrow('stopped');
  const resumed = train(request, 'test/cut');
  expect((await resumed.outcome).weightsHash).toBe(whole.weightsHash);
  expect(resumed.epochs[0]).toBeGreaterThan(1);
});

describe('a run resolves its starting point', () => {
  beforeAll(() => importTrained({ target: 'left' }, 'churn'));
  const resolve = (job: Partial<JobInput>) =>
    resolveStart(parseJob({ data: second, target: 'left', startFrom: 'churn', ...job }), stores);

  test('to a version by hash, and to the layers that it has', async () => {
    const [version] = await stores.registry.list('churn');
    const job = await resolve({ hyperparameters: { mlp: { epochs: 7 } } });
    expect(job).toMatchObject({
      task: 'binary',
      estimators: ['mlp'],
      hyperparameters: { mlp: { ...LAYERS, epochs: 7 } },
      startFrom: { model: 'churn', version: 1, package: version?.package },
    });
    expect(await resolveStart(parseJob(job), stores)).toEqual(job);
  });

  test.each<[Partial<JobInput>, string]>([
    [{ target: 'city' }, 'target'],
    [{ task: 'multiclass' }, 'task'],
    [{ estimators: ['logistic', 'mlp'] }, 'estimators'],
    [{ hyperparameters: { mlp: { hiddenLayers: [9] } } }, 'hyperparameters.mlp.hiddenLayers'],
    [{ startFrom: 'chrun' }, 'model'],
    [{ startFrom: 'churn@9' }, 'version'],
  ])('and refuses %j', async (job, field) => {
    expect(await problemOfRejected(resolve(job))).toMatchObject({ field });
  });

  test('but not to a model that was trained here', async () => {
    const made = await models.make(
      { data: first, target: 'left', name: 'own' },
      { estimator: 'mlp', hyperparameters: { epochs: 1 } },
    );
    await models.register(made);
    expect(await problemOfRejected(resolve({ startFrom: 'own' }))).toMatchObject({
      code: 'UnfitStartingPoint',
      field: 'startFrom',
    });
  });

  test('data with other classes is refused when a training begins', async () => {
    const [version] = await stores.registry.list('churn');
    const rows = customers(100).map(([age, price, city, left]) => [age, price, city, `${left}!`]);
    const data = await writeCsv(join(home, 'other.csv'), customerHeader, rows as string[][]);
    const making = modelsFrom(home, (version as ModelVersion).package).make(
      { data, target: 'left' },
      { estimator: 'mlp', hyperparameters: LAYERS },
    );
    expect(await problemOfRejected(making)).toMatchObject({
      code: 'UnfitStartingPoint',
      field: 'data',
    });
  });
});

describe('layers that an MLP has no place for are named', () => {
  const kernel = { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) };
  const bias = { shape: [2], values: Float32Array.of(0, 0) };
  const dense = (name: string, activation: string) => ({
    className: 'Dense',
    name,
    config: { units: 2, activation },
    weights: [kernel, bias],
  });
  const plain = (className: string, config = {}) => ({
    className,
    name: 'odd',
    config,
    weights: [],
  });

  test.each([
    [[plain('LSTM')], "the layer 'odd' of the class LSTM"],
    [[plain('Conv2D')], "the layer 'odd' of the class Conv2D"],
    [[plain('Embedding')], "the layer 'odd' of the class Embedding"],
    [[dense('a', 'selu'), dense('b', 'softmax')], 'the activations selu'],
    [[dense('a', 'relu'), dense('b', 'tanh'), dense('c', 'softmax')], 'relu, tanh'],
    [[dense('a', 'relu')], "'relu' of the last layer"],
    [[plain('Dropout', { rate: 0.1 })], 'no Dense layer'],
    [
      [dense('a', 'softmax'), plain('Rescaling', { scale: 2, offset: 0 })],
      'after the last activation',
    ],
  ])('%#', (layers, value) => {
    const problem = problemIn(() => toDenseChain({ version: '3', inputShape: [2], layers }));
    expect(problem).toMatchObject({ code: 'UnfitModel', value: expect.stringContaining(value) });
    expect(problem.remedy).toContain('champion');
  });
});
