import { expect, test } from 'vitest';
import { estimators } from '../../../src/ml/estimators/index.ts';
import { expectClose } from '../../support/close.ts';
import { fit } from '../../support/fit.ts';
import { MemoryRows } from '../../support/memory-rows.ts';

/** One number and one category of two levels. */
const layout = { numeric: 1, categories: [2], imputed: [0] };
const shape = { task: 'binary', layout, width: 3, classes: 2, classCounts: [] } as const;
const NONE = Number.NaN;

async function probabilities(rows: readonly number[], asked: readonly number[], classes: number[]) {
  const data = new MemoryRows(2, Float32Array.from(rows), Float64Array.from(classes), layout);
  const hyperparameters = { smoothing: 1, varianceSmoothing: 0, prior: 'uniform' };
  const weights = await fit('naiveBayes', data, { classes: 2, hyperparameters });
  const predictor = await estimators.naiveBayes.load(shape, {}, weights);
  return [...predictor.predict(Float32Array.from(asked), asked.length / 2)];
}

test('numbers are normal in each class: two of one variance part by a logistic function', async () => {
  // Means −1 and 1, variance 1: log-odds are 2x.
  const rows = [-2, NONE, 0, NONE, 0, NONE, 2, NONE];
  const expected = [0.5, -0.25].flatMap((x) => {
    const p = 1 / (1 + Math.exp(-2 * x));
    return [1 - p, p];
  });
  expectClose(await probabilities(rows, [0.5, NONE, -0.25, NONE], [0, 0, 1, 1]), expected, 1e-12);
});

test('categories count, with one added to each', async () => {
  // Level 0 stands twice in class 0 and never in class 1: (2 + 1)/4 against (0 + 1)/4.
  const rows = [NONE, 0, NONE, 0, NONE, 1, NONE, 1];
  expectClose(await probabilities(rows, [NONE, 0], [0, 0, 1, 1]), [0.75, 0.25], 1e-12);
});

test('what is missing says nothing', async () => {
  const rows = [-1, 0, 1, 0, 4, 1, 6, 1];
  const outputs = await probabilities(rows, [NONE, NONE], [0, 0, 1, 1]);
  expectClose(outputs, [0.5, 0.5], 1e-12);
});

test('far from all classes a probability is still a number', async () => {
  const rows = [-1, 0, 1, 0, 4, 1, 6, 1];
  const outputs = await probabilities(rows, [1e6, 0], [0, 0, 1, 1]);
  expect(outputs.every(Number.isFinite)).toBe(true);
});
