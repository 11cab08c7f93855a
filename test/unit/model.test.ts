import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadTensorFlow } from '../../src/ml/backend.ts';
import { estimatorsFor } from '../../src/ml/estimators/index.ts';
import { Model } from '../../src/ml/model.ts';
import { RandomStream } from '../../src/ml/random.ts';
import type { Candidate, Hyperparameters } from '../../src/schemas/hyperparameters.ts';
import type { JobInput } from '../../src/schemas/job.ts';
import { Task } from '../../src/schemas/problem.ts';
import { SmallModels } from '../support/small-model.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const home = await temporaryFolder('model');
const models = new SmallModels(home);
let churn: Model;
const records = customers(20, 5).map((cells) =>
  Object.fromEntries(customerHeader.slice(0, 3).map((name, i) => [name, cells[i]])),
);

async function make(input: JobInput, candidate: Candidate): Promise<Model> {
  const modelPackage = await models.make(input, candidate);
  return Model.load(modelPackage, (ref) => models.stores.artifacts.read(ref));
}

beforeAll(async () => {
  const data = await writeCsv(join(home, 'customers.csv'), customerHeader, customers(400));
  const hyperparameters = { hiddenLayers: [8], epochs: 20, learningRate: 0.01 };
  churn = await make({ data, target: 'left' }, { estimator: 'mlp', hyperparameters });
});
afterAll(() => churn.dispose());

test('a classifier names the likeliest class, and gives the probability of each', () => {
  const predictions = churn.predict(records);
  expect(new Set(predictions.map(({ prediction }) => prediction))).toEqual(new Set(['no', 'yes']));
  for (const { prediction, probabilities = {} } of predictions) {
    expect(Object.keys(probabilities).sort()).toEqual(['no', 'yes']);
    const { no = 0, yes = 0 } = probabilities;
    expect(no + yes).toBeCloseTo(1, 6);
    expect(prediction).toBe(yes > no ? 'yes' : 'no');
  }
});

test('what is said of a record does not depend on those beside it', () => {
  const together = churn.predict(records);
  records.forEach((record, row) => {
    expect(churn.predict([record])).toEqual([together[row]]);
  });
});

/** Little work. */
const QUICK: Readonly<Record<string, Hyperparameters>> = {
  mlp: { epochs: 2 },
  gradientBoosting: { trees: 20 },
  randomForest: { trees: 20 },
};
const TASKS = { binary: 'left', regression: 'price', multiclass: 'city' } as const;
const cases = Task.options.flatMap((task) =>
  [...estimatorsFor(task, false), 'ensemble' as const].map((estimator) => ({ task, estimator })),
);

/** With gaps and unseen values. */
const odd = customers(40, 5).map((cells, row) => {
  const record = Object.fromEntries(customerHeader.map((name, i) => [name, cells[i]]));
  if (row % 3 === 0) return { ...record, age: null, price: null };
  return row % 3 === 1 ? { ...record, city: 'Atlantis', left: null } : record;
});

test.each(cases)(
  '$estimator for $task says the same of a record alone, among others and when it is loaded again, and leaves no tensor',
  async ({ task, estimator }) => {
    const tf = await loadTensorFlow();
    const before = tf.memory().numTensors;
    const members = estimatorsFor(task, false).map((name) => ({
      ...{ estimator: name, hyperparameters: QUICK[name] ?? {}, weight: 1, epochs: 2 },
    }));
    const hyperparameters = estimator === 'ensemble' ? { members } : (QUICK[estimator] ?? {});
    const data = join(home, 'customers.csv');
    const made = await models.make({ data, target: TASKS[task] }, { estimator, hyperparameters });
    const load = () => Model.load(made, (ref) => models.stores.artifacts.read(ref));
    const model = await load();
    const together = model.outputs(odd);
    const perRow = together.length / odd.length;
    odd.forEach((record, row) => {
      const own = together.subarray(perRow * row, perRow * (row + 1));
      expect(model.outputs([record])).toEqual(own);
    });
    const again = await load();
    expect(again.outputs(odd.slice(7, 24))).toEqual(together.subarray(perRow * 7, perRow * 24));
    for (const each of [model, again]) each.dispose();
    expect(tf.memory().numTensors).toBe(before);
  },
);

test('a price matters to customers as the table says', () => {
  const [record] = records;
  const chanceAt = (price: number) =>
    churn.predict([{ ...record, price }])[0]?.probabilities?.['yes'] ?? 0;
  expect(chanceAt(100)).toBeGreaterThan(chanceAt(0) + 0.3);
});

test('a record without a column, or with an unseen value, is predicted, and told of', () => {
  const [first] = records;
  const odd = { age: first?.['age'], city: 'Atlantis', shoe: 42 };
  expect(churn.predict([odd])).toHaveLength(1);
  expect(churn.describeOddities([odd])).toEqual([
    "column 'price' is missing: imputed",
    "column 'shoe' is unknown: ignored",
    expect.stringContaining("column 'city' has the unseen value 'Atlantis'") as string,
  ]);
  expect(churn.describeOddities(records)).toEqual([]);
});

test('a cell that its column cannot read is a fault with row and column', () => {
  expect(churn.findFaults(records)).toEqual([]);
  expect(churn.findFaults([records[0] ?? {}, { ...records[1], age: 'old' }])).toEqual([
    { row: 1, column: 'age', value: 'old', expected: 'a number' },
  ]);
});

test.each(['standard', 'log', 'power', 'none'] as const)(
  'a regression with a target scale of %s answers in original units',
  async (targetScale) => {
    const random = new RandomStream(1, 'test-model');
    const rows = Array.from({ length: 200 }, () => {
      const x = random.uniform();
      // A logarithm makes of the exponential a straight line.
      return [x, targetScale === 'log' ? Math.expm1(5 + 2 * x) : 1000 + 50 * x];
    });
    const data = await writeCsv(join(home, `${targetScale}.csv`), ['x', 'y'], rows);
    const model = await make(
      { data, target: 'y', preprocess: { targetScale } },
      { estimator: 'linear', hyperparameters: {} },
    );
    const [prediction] = model.predict([{ x: 0.5 }]);
    const expected = targetScale === 'log' ? Math.expm1(6) : 1025;
    expect(prediction?.probabilities).toBeUndefined();
    expect(Math.abs(Number(prediction?.prediction) / expected - 1)).toBeLessThan(
      targetScale === 'power' ? 1e-3 : 1e-5,
    );
    model.dispose();
  },
);

test('a model that is disposed of leaves no tensor behind', async () => {
  const tf = await loadTensorFlow();
  const before = tf.memory().numTensors;
  const again = await Model.load(churn.package, (ref) => models.stores.artifacts.read(ref));
  expect(again.predict(records)).toEqual(churn.predict(records));
  again.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
