import { expect, test } from 'vitest';
import { balancedWeights } from '../../../src/ml/estimators/network/batch-targets.ts';
import { dropoutMask } from '../../../src/ml/estimators/network/dropout-mask.ts';
import type { Weights } from '../../../src/ml/weights.ts';
import { MlpHyperparameters } from '../../../src/schemas/hyperparameters.ts';
import type { Task } from '../../../src/schemas/problem.ts';
import { expectClose } from '../../support/close.ts';
import { fit } from '../../support/fit.ts';
import { MemoryRows } from '../../support/memory-rows.ts';
import { referenceLoss } from '../../support/reference-network.ts';
import { sampleRows } from '../../support/sample-rows.ts';

const SEED = 2;

const flat = (weights: Weights): number[] => weights.flatMap(({ values }) => [...values]);
const difference = (a: Weights, b: Weights): number[] => {
  const other = flat(b);
  return flat(a).map((value, i) => value - (other[i] as number));
};

/** Derivative of a function of the weights by each of them, by central differences in float64. */
function numericGradient(weights: Weights, loss: (weights: Weights) => number): number[] {
  const doubles = weights.map((array) => ({ ...array, values: Float64Array.from(array.values) }));
  return doubles.flatMap(({ values }) =>
    [...values].map((value, i) => {
      values[i] = value + 1e-6;
      const above = loss(doubles);
      values[i] = value - 1e-6;
      const below = loss(doubles);
      values[i] = value;
      return (above - below) / 2e-6;
    }),
  );
}

interface GradientCase extends Partial<MlpHyperparameters> {
  readonly task: Task;
}

/** Weights before and after one update with the whole data and learning rate 1. */
async function oneUpdate({ task, ...given }: GradientCase) {
  const classes = { regression: 0, binary: 2, multiclass: 3 }[task];
  const data = sampleRows({ task, rows: 23, width: 4 });
  const hyperparameters = MlpHyperparameters.parse({
    hiddenLayers: [5, 4],
    optimizer: 'gd',
    learningRate: 1,
    l2: 0,
    ...given,
  });
  const options = { classes, seed: SEED, hyperparameters };
  const before = await fit('mlp', data, { ...options, slices: 0 });
  const after = await fit('mlp', data, { ...options, slices: 1 });
  return { batch: await onlyBatch(data), classes, hyperparameters, before, after };
}

/** All rows in the order of the first epoch, which masks of dropout belong to. */
async function onlyBatch(data: MemoryRows): Promise<MemoryRows> {
  const batches = data.batches(data.rows, { seed: SEED, epoch: 1 });
  for await (const { features, targets } of batches) {
    return new MemoryRows(data.width, features, targets);
  }
  throw new RangeError('There are no rows.');
}

const gradientCases: GradientCase[] = [
  { task: 'regression', activation: 'relu' },
  { task: 'regression', activation: 'tanh', l2: 0.3 },
  { task: 'regression', activation: 'tanh', hiddenLayers: [] },
  { task: 'binary', activation: 'relu', l2: 0.1 },
  { task: 'binary', activation: 'tanh', classWeights: 'balanced' },
  { task: 'multiclass', activation: 'relu', classWeights: 'balanced', l2: 0.2 },
  { task: 'multiclass', activation: 'tanh', hiddenLayers: [6, 5, 4] },
  // Wide, as a unit with no input left would stand at the kink of relu.
  { task: 'multiclass', activation: 'relu', dropout: 0.4, hiddenLayers: [16, 8] },
  { task: 'regression', activation: 'tanh', dropout: 0.4, l2: 0.1 },
];

test.each(gradientCases)(
  'an update follows the gradient of finite differences: %j',
  async (given) => {
    const { batch, classes, hyperparameters, before, after } = await oneUpdate(given);
    const { activation, l2, dropout, hiddenLayers } = hyperparameters;
    const balanced = balancedWeights(batch.classCounts(classes));
    const masks = hiddenLayers.map((units, layer) =>
      dropoutMask(batch.rows * units, dropout, { seed: SEED, layer, iteration: 1 }),
    );
    const options = {
      classes,
      activation,
      l2,
      ...(hyperparameters.classWeights === 'balanced' && { classWeights: balanced }),
      ...(dropout > 0 && { masks }),
    };
    const gradient = numericGradient(before, (weights) => referenceLoss(weights, batch, options));
    expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(0.05);
    expectClose(difference(before, after), gradient, 2e-6);
  },
);

test('AdamW shrinks kernels beside the step, and leaves biases alone', async () => {
  const common = { task: 'regression', optimizer: 'adamw', learningRate: 0.01 } as const;
  const plain = await oneUpdate({ ...common, l2: 0 });
  const penalised = await oneUpdate({ ...common, l2: 0.5 });
  const shrinkage = difference(plain.after, penalised.after);
  const expected = plain.before.flatMap(({ name, values }) =>
    [...values].map((value) => (name.endsWith('.kernel') ? 0.01 * 0.5 * value : 0)),
  );
  expectClose(shrinkage, expected, 1e-7);
});

test('Adam takes the penalty through its step', async () => {
  const common = { task: 'regression', optimizer: 'adam', learningRate: 0.01 } as const;
  const { batch, hyperparameters, before, after } = await oneUpdate({ ...common, l2: 0.5 });
  const { activation, l2 } = hyperparameters;
  const gradient = numericGradient(before, (weights) =>
    referenceLoss(weights, batch, { activation, l2, classes: 0 }),
  );
  // The first step of Adam is the sign of the gradient times the rate.
  const expected = gradient.map((value) => (0.01 * value) / (Math.abs(value) + 1e-8));
  expectClose(difference(before, after), expected, 1e-5);
});

test('epochs of Adam with a decaying rate follow its recurrence over the whole training', async () => {
  const data = sampleRows({ task: 'regression', rows: 23, width: 4 });
  const hyperparameters = {
    hiddenLayers: [5],
    activation: 'tanh',
    optimizer: 'adam',
    batchSize: 23,
    epochs: 4,
    learningRate: 0.1,
    schedule: { kind: 'polynomial', decay: 1 },
    l2: 0,
  } as const;
  const found = await fit('mlp', data, { seed: SEED, hyperparameters });
  const start = await fit('mlp', data, { seed: SEED, hyperparameters, slices: 0 });
  const weights = start.map((array) => ({ ...array, values: Float64Array.from(array.values) }));
  const moments = flat(weights).map(() => ({ mean: 0, square: 0 }));
  for (let step = 1; step <= 4; step++) {
    const rate = 0.1 * (1 - (step - 1) / 4);
    const gradient = numericGradient(weights, (each) =>
      referenceLoss(each, data, { activation: 'tanh', l2: 0, classes: 0 }),
    );
    let index = 0;
    for (const { values } of weights) {
      for (let i = 0; i < values.length; i++, index++) {
        const moment = moments[index] as { mean: number; square: number };
        const slope = gradient[index] as number;
        moment.mean = 0.9 * moment.mean + 0.1 * slope;
        moment.square = 0.999 * moment.square + 0.001 * slope ** 2;
        const scale = Math.sqrt(moment.square / (1 - 0.999 ** step)) + 1e-8;
        values[i] = (values[i] as number) - (rate * moment.mean) / (1 - 0.9 ** step) / scale;
      }
    }
  }
  expectClose(flat(found), flat(weights), 1e-5);
});

test('initial kernels are bounded by He and Glorot, and biases are zero', async () => {
  const hyperparameters = { hiddenLayers: [300, 200], activation: 'relu' };
  const data = sampleRows({ task: 'multiclass', rows: 10, width: 100 });
  const weights = await fit('mlp', data, { classes: 3, hyperparameters, slices: 0 });
  const limits = [Math.sqrt(6 / 100), Math.sqrt(6 / 300), Math.sqrt(6 / (200 + 3))];
  limits.forEach((limit, layer) => {
    const kernel = [...(weights[layer]?.values ?? [])];
    const variance = kernel.reduce((sum, value) => sum + value ** 2, 0) / kernel.length;
    expect(Math.max(...kernel.map(Math.abs))).toBeLessThanOrEqual(limit * (1 + 1e-6));
    expect(Math.abs(variance / (limit ** 2 / 3) - 1)).toBeLessThan(0.15);
    expect(weights[3 + layer]?.values.every((value) => value === 0)).toBe(true);
  });
});

test('balanced weights make all classes count alike', () => {
  // compute_class_weight('balanced') of scikit-learn: rows / (classes · rows of the class).
  expectClose(balancedWeights([50, 30, 20]), [2 / 3, 10 / 9, 5 / 3], 1e-12);
  expect(balancedWeights([10, 0])).toEqual([0.5, 5]);
});

test.each([0.1, 0.5, 0.9])('dropout at rate %d keeps the mean, and repeats by name', (rate) => {
  const name = { seed: 3, layer: 1, iteration: 17 };
  const mask = dropoutMask(10_001, rate, name);
  const dropped = mask.filter((factor) => factor === 0).length / mask.length;
  const mean = mask.reduce((sum, factor) => sum + factor, 0) / mask.length;
  expect(Math.abs(dropped - rate)).toBeLessThan(0.02);
  expect(Math.abs(mean - 1)).toBeLessThan(0.1);
  expect(dropoutMask(10_001, rate, name)).toEqual(mask);
  expect(dropoutMask(10_001, rate, { ...name, iteration: 18 })).not.toEqual(mask);
  expect(dropoutMask(10_001, rate, { ...name, layer: 0 })).not.toEqual(mask);
});

test('gradient descent takes the whole training part as one batch, whatever the batch size', async () => {
  const data = sampleRows({ task: 'regression', rows: 40, width: 3 });
  const hyperparameters = { hiddenLayers: [4], optimizer: 'gd', epochs: 2, batchSize: 1 };
  const small = await fit('mlp', data, { hyperparameters });
  const whole = await fit('mlp', data, {
    hyperparameters: { ...hyperparameters, optimizer: 'sgd', batchSize: 40 },
  });
  expect(small).toEqual(whole);
});
