import { expect, test } from 'vitest';
import { calibrationBins } from '../../src/ml/insights/calibration.ts';
import { precisionRecallCurves, rocCurves } from '../../src/ml/insights/class-curves.ts';
import {
  columnImportance,
  importanceRows,
  type Predict,
  type Sample,
} from '../../src/ml/insights/importance.ts';
import { describeRow, placesOfColumns } from '../../src/ml/insights/input-columns.ts';
import { worstRows } from '../../src/ml/insights/notable-errors.ts';
import { RandomStream } from '../../src/ml/random.ts';
import type { Problem } from '../../src/schemas/problem.ts';
import type { Transform } from '../../src/schemas/transform.ts';

const binary: Problem = {
  ...{ task: 'binary', target: 'y', classes: ['no', 'yes'], positiveClass: 'yes' },
  ...{ metric: 'roc_auc', direction: 'maximise' },
};
const regression: Problem = {
  ...{ task: 'regression', target: 'y', classes: [], positiveClass: null },
  ...{ metric: 'rmse', direction: 'minimise' },
};
const told = (truth: number[], positive: number[]) => ({
  problem: binary,
  truth: Float64Array.from(truth),
  outputs: Float64Array.from(positive.flatMap((p) => [1 - p, p])),
});
const transform: Transform = {
  schemaVersion: 1,
  missing: [],
  operations: [
    { kind: 'categorical', column: 'city', levels: ['Oslo', 'Rome'], other: true, missing: false },
    { kind: 'numeric', column: 'age', impute: 40, shift: 40, scale: 10 },
    { kind: 'boolean', column: 'member', impute: 0, shift: 0.5, scale: 0.5 },
  ],
};

test('ROC and precision-recall curves go through the points of each threshold', () => {
  const predictions = told([0, 1, 0, 1], [0.1, 0.9, 0.8, 0.7]);
  const [roc] = rocCurves(predictions);
  expect(roc?.points).toEqual([
    { x: 0, y: 0 },
    { x: 0, y: 0.5 },
    { x: 0.5, y: 0.5 },
    { x: 0.5, y: 1 },
    { x: 1, y: 1 },
  ]);
  expect(roc?.area).toBeCloseTo(0.75, 12);
  const [curve] = precisionRecallCurves(predictions);
  expect(curve?.points[1]).toEqual({ x: 0.5, y: 1 });
  expect(curve?.points.at(-1)).toEqual({ x: 1, y: 0.5 });
});

test('rows of one class have no curves', () => {
  expect(rocCurves(told([1, 1], [0.2, 0.4]))).toEqual([]);
});

test('a calibration bin tells the mean probability and the share that was so', () => {
  const bins = calibrationBins(told([0, 1, 1, 1], [0.12, 0.18, 0.95, 1]));
  expect(bins).toHaveLength(2);
  expect(bins[0]).toEqual({ predicted: expect.closeTo(0.15, 12), observed: 0.5, rows: 2 });
  expect(bins[1]).toEqual({ predicted: expect.closeTo(0.975, 12), observed: 1, rows: 2 });
});

test('a raw column has all the inputs that were made of it', () => {
  expect(placesOfColumns(transform, 'one-hot')).toEqual([
    { column: 'age', places: [0] },
    { column: 'member', places: [1] },
    { column: 'city', places: [2, 3, 4] },
  ]);
});

test('a row is told in the values of its columns', () => {
  expect(describeRow(transform, Float32Array.of(1.5, 1, 0, 1, 0), 'one-hot')).toEqual({
    age: '55',
    member: 'true',
    city: 'Rome',
  });
  expect(describeRow(transform, Float32Array.of(0, -1, 0, 0, 1), 'one-hot')).toEqual({
    age: '40',
    member: 'false',
    city: '(other)',
  });
  expect(describeRow(transform, Float32Array.of(0, -1, 0, 0, 0), 'one-hot')['city']).toBe('(none)');
});

test('a row of codes is told in the same values, with what is missing', () => {
  expect(placesOfColumns(transform, 'codes')).toEqual([
    { column: 'age', places: [0] },
    { column: 'member', places: [1] },
    { column: 'city', places: [2] },
  ]);
  expect(describeRow(transform, Float32Array.of(1.5, 1, 1), 'codes')).toEqual({
    age: '55',
    member: 'true',
    city: 'Rome',
  });
  expect(describeRow(transform, Float32Array.of(Number.NaN, Number.NaN, 2), 'codes')).toEqual({
    age: '(missing)',
    member: '(missing)',
    city: '(other)',
  });
  const none = Float32Array.of(0, -1, Number.NaN);
  expect(describeRow(transform, none, 'codes')['city']).toBe('(none)');
});

test('an image is one column, and comes before all others', () => {
  const size = { height: 2, width: 2, channels: 1 } as const;
  const image = { kind: 'image', column: 'photo', ...size, shift: 0, scale: 255 } as const;
  const operations = [...transform.operations, image];
  expect(placesOfColumns({ ...transform, operations }, 'one-hot')).toEqual([
    { column: 'photo', places: [0, 1, 2, 3] },
    { column: 'age', places: [4] },
    { column: 'member', places: [5] },
    { column: 'city', places: [6, 7, 8] },
  ]);
  const row = Float32Array.of(0, 0.5, 1, 1, 1.5, 1, 0, 1, 0);
  expect(describeRow({ ...transform, operations }, row, 'one-hot')).toMatchObject({
    photo: '(image, 2 × 2, grey)',
    age: '55',
    city: 'Rome',
  });
});

/** y = 3a + b; c is noise that the model does not read. */
function linearSample(rows: number): { sample: Sample; predict: Predict } {
  const random = new RandomStream(1, 'test-importance');
  const features = Float32Array.from({ length: rows * 3 }, () => random.normal());
  const predict: Predict = (batch, count) =>
    Float64Array.from(
      { length: count },
      (_, row) => 3 * (batch[row * 3] as number) + (batch[row * 3 + 1] as number),
    );
  return { sample: { rows, width: 3, features, truth: predict(features, rows) }, predict };
}

test('importance follows the weights of a linear model, and what it does not read has none', () => {
  const { sample, predict } = linearSample(400);
  const columns = ['a', 'b', 'c'].map((column, i) => ({ column, places: [i] }));
  const model = { predict, members: 1 };
  const importance = columnImportance(regression, columns, sample, model, 7);
  expect(importance.map(({ column }) => column)).toEqual(['a', 'b', 'c']);
  const [a, b, c] = importance.map(({ loss }) => loss);
  // Shuffling adds two variances of the column: rmse √2 × its weight.
  expect(a).toBeCloseTo(3 * Math.SQRT2, 0);
  expect(b).toBeCloseTo(Math.SQRT2, 0);
  expect(c).toBe(0);
  expect(importance[2]?.shapley).toBe(0);
  // E|w (x − x′)|, averaged over x′ first, is near w E|x|.
  expect((importance[0]?.shapley ?? 0) / (importance[1]?.shapley ?? 1)).toBeCloseTo(3, 0);
  expect(columnImportance(regression, columns, sample, model, 7)).toEqual(importance);
});

test('of many columns and members, importance asks for no more predictions than of a few', () => {
  const rows = importanceRows(200, 5);
  expect([importanceRows(1, 1), rows]).toEqual([1000, 100]);
  const { sample, predict } = linearSample(rows);
  const columns = Array.from({ length: 200 }, (_, i) => ({ column: `${i}`, places: [i % 3] }));
  let asked = 0;
  const counted: Predict = (batch, count) => {
    asked += count;
    return predict(batch, count);
  };
  columnImportance(regression, columns, sample, { predict: counted, members: 5 }, 7);
  // One unchanged, three shuffles of each column, then twenty rows in sixteen orders of thirty columns.
  expect(asked).toBe(rows * (1 + 3 * 200) + 20 * 16 * 31);
});

test('the worst rows are those that are most surely wrong, or furthest off', () => {
  expect(worstRows(told([0, 1, 1, 0], [0.99, 0.4, 0.9, 0.1]))).toEqual([0, 1]);
  const truth = Float64Array.of(1, 2, 3);
  expect(worstRows({ problem: regression, truth, outputs: Float64Array.of(1, 5, 2) })).toEqual([
    1, 2,
  ]);
});
