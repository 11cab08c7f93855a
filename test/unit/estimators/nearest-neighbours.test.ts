import { expect, test } from 'vitest';
import { estimators, parseHyperparameters } from '../../../src/ml/estimators/index.ts';
import { fit } from '../../support/fit.ts';
import { MemoryRows } from '../../support/memory-rows.ts';

const { nearestNeighbours } = estimators;
const corners = MemoryRows.of([
  [[0, 0], 1],
  [[3, 0], 2],
  [[0, 4], 4],
  [[9, 9], 100],
]);

async function predict(
  asked: readonly number[],
  hyperparameters: Record<string, unknown>,
): Promise<number[]> {
  const weights = await fit('nearestNeighbours', corners, { hyperparameters });
  const { layout, width } = corners;
  const shape = { task: 'regression', layout, width, classes: 0, classCounts: [] } as const;
  const parsed = parseHyperparameters(nearestNeighbours, hyperparameters);
  const predictor = await nearestNeighbours.load(shape, parsed, weights);
  return [...predictor.predict(Float32Array.from(asked), asked.length / width)];
}

test('the mean of the k nearest rows is predicted', async () => {
  expect(await predict([1, 0], { neighbours: 1, weights: 'uniform' })).toEqual([1]);
  expect(await predict([1, 0], { neighbours: 2, weights: 'uniform' })).toEqual([1.5]);
  expect(await predict([1, 1], { neighbours: 99, weights: 'uniform' })).toEqual([26.75]);
});

test('nearer rows count more by the inverse of their distance', async () => {
  const [value] = await predict([1, 0], { neighbours: 2, weights: 'distance' });
  expect(value).toBeCloseTo((1 / 1 + 2 / 2) / (1 / 1 + 1 / 2), 12);
});

test('a row that was seen has its own value', async () => {
  expect(await predict([3, 0], { neighbours: 4, weights: 'distance' })).toEqual([2]);
});

test('Manhattan and Euclidean distances can disagree', async () => {
  // From (3, 3): (0, 4) is √10 or 4 away, (3, 0) is 3 or 3.
  const two = { neighbours: 2, weights: 'distance' };
  const [euclidean] = await predict([3, 3], two);
  const [manhattan] = await predict([3, 3], { ...two, distance: 'manhattan' });
  expect(euclidean).toBeCloseTo((2 / 3 + 4 / Math.sqrt(10)) / (1 / 3 + 1 / Math.sqrt(10)), 12);
  expect(manhattan).toBeCloseTo((2 / 3 + 4 / 4) / (1 / 3 + 1 / 4), 12);
});

test('it is not for data on which it would take minutes', () => {
  expect(nearestNeighbours.suits?.({ rows: 5000, width: 100 })).toBe(true);
  expect(nearestNeighbours.suits?.({ rows: 100_000, width: 10 })).toBe(false);
});
