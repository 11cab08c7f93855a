import { Matrix, pseudoInverse, solve } from 'ml-matrix';
import { expect, test } from 'vitest';
import { WIDEST_GRAM } from '../../../src/ml/estimators/least-squares/passes.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { expectClose } from '../../support/close.ts';
import { fit, valuesOf } from '../../support/fit.ts';
import { MemoryRows } from '../../support/memory-rows.ts';
import { sampleRows } from '../../support/sample-rows.ts';

/** Columns and target with their means taken off. */
function centred({ features, targets, width, rows }: MemoryRows): { x: Matrix; y: Matrix } {
  const x = Matrix.from1DArray(rows, width, features).center('column');
  const y = Matrix.columnVector(targets).center('column');
  return { x, y };
}

/** (XᵀX + αI)⁻¹ Xᵀy */
function closedForm(data: MemoryRows, alpha: number): number[] {
  const { x, y } = centred(data);
  const gram = x.transpose().mmul(x).add(Matrix.eye(data.width).mul(alpha));
  return solve(gram, x.transpose().mmul(y)).to1DArray();
}

/** Xᵀ (XXᵀ + αI)⁻¹ y, which is the same, and small where columns are more than rows. */
function dualForm(data: MemoryRows, alpha: number): number[] {
  const { x, y } = centred(data);
  const kernel = x.mmul(x.transpose()).add(Matrix.eye(data.rows).mul(alpha));
  return x.transpose().mmul(solve(kernel, y)).to1DArray();
}

/** Least squares of least norm, by singular values. */
function leastNorm(data: MemoryRows): number[] {
  const { x, y } = centred(data);
  return pseudoInverse(x, 1e-9).mmul(y).to1DArray();
}

/** Repeats columns of the data after each other. */
function withColumns(data: MemoryRows, columns: readonly number[]): MemoryRows {
  const features = Float32Array.from(
    { length: data.rows * columns.length },
    (_, i) =>
      data.features[
        Math.floor(i / columns.length) * data.width + (columns[i % columns.length] as number)
      ] as number,
  );
  return new MemoryRows(columns.length, features, data.targets);
}

const norm = (values: readonly number[]): number => Math.hypot(...values);

test('linear finds the coefficients that a noiseless target was made of', async () => {
  const random = new RandomStream(4, 'test');
  const features = Float32Array.from({ length: 50 * 3 }, () => random.normal());
  const targets = Float64Array.from({ length: 50 }, (_, row) => {
    const [a = 0, b = 0, c = 0] = features.subarray(3 * row);
    return 3 * a - 2 * b + 0.25 * c + 7;
  });
  const weights = await fit('linear', new MemoryRows(3, features, targets));
  expectClose(valuesOf(weights, 'coefficients'), [3, -2, 0.25], 1e-12);
  expectClose(valuesOf(weights, 'intercept'), [7], 1e-12);
});

test('linear equals the closed form on noisy rows', async () => {
  const data = sampleRows({ task: 'regression', rows: 200, width: 12 });
  const weights = await fit('linear', data);
  expectClose(valuesOf(weights, 'coefficients'), closedForm(data, 0), 1e-11);
});

test('columns far from zero cost linear no digits', async () => {
  const data = sampleRows({ task: 'regression', rows: 200, width: 2 });
  data.features.forEach((value, i) => {
    data.features[i] = value + 4096;
  });
  const weights = await fit('linear', data);
  expectClose(valuesOf(weights, 'coefficients'), closedForm(data, 0), 1e-8);
});

test.each([0.01, 1, 100])('ridge equals the closed form for α = %d', async (alpha) => {
  const data = sampleRows({ task: 'regression', rows: 80, width: 9 });
  const weights = await fit('ridge', data, { hyperparameters: { alpha } });
  expectClose(valuesOf(weights, 'coefficients'), closedForm(data, alpha), 1e-11);
});

test('ridge shrinks the coefficients, and leaves the intercept without a penalty', async () => {
  const data = sampleRows({ task: 'regression', rows: 80, width: 9 });
  const weights = await fit('ridge', data, { hyperparameters: { alpha: 1e12 } });
  expect(norm(valuesOf(weights, 'coefficients'))).toBeLessThan(1e-8);
  const mean = data.targets.reduce((sum, value) => sum + value, 0) / data.rows;
  expectClose(valuesOf(weights, 'intercept'), [mean], 1e-8);
});

test('of collinear columns linear gives the coefficients of least norm', async () => {
  const data = withColumns(sampleRows({ task: 'regression', rows: 60, width: 3 }), [0, 1, 2, 1, 1]);
  const coefficients = valuesOf(await fit('linear', data), 'coefficients');
  expectClose(coefficients, leastNorm(data), 1e-9);
  expectClose(coefficients.slice(3), [coefficients[1] as number, coefficients[1] as number], 1e-9);
});

test('of a full one-hot block linear gives the coefficients of least norm', async () => {
  const random = new RandomStream(6, 'test');
  const data = MemoryRows.of(
    Array.from({ length: 90 }, () => {
      const level = random.below(4);
      const x = random.normal();
      const levels = [0, 1, 2, 3].map((each) => (each === level ? 1 : 0));
      return [[x, ...levels], x + level ** 2 + 0.1 * random.normal()] as const;
    }),
  );
  const coefficients = valuesOf(await fit('linear', data), 'coefficients');
  expectClose(coefficients, leastNorm(data), 1e-9);
  expect(coefficients.slice(1).reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 9);
});

test('where columns are more than rows linear gives the coefficients of least norm', async () => {
  const data = sampleRows({ task: 'regression', rows: 30, width: 45 });
  const coefficients = valuesOf(await fit('linear', data), 'coefficients');
  expectClose(coefficients, leastNorm(data), 1e-9);
});

test('many collinear columns, beyond an eigendecomposition, give the least norm too', async () => {
  const data = sampleRows({ task: 'regression', rows: 50, width: 310 });
  const coefficients = valuesOf(await fit('linear', data), 'coefficients');
  expectClose(coefficients, leastNorm(data), 1e-7);
});

test('a constant column gets the coefficient 0', async () => {
  const data = sampleRows({ task: 'regression', rows: 40, width: 2 });
  for (let row = 0; row < 40; row++) data.features[2 * row] = 5;
  const coefficients = valuesOf(await fit('linear', data), 'coefficients');
  expect(coefficients[0]).toBe(0);
  expect(Math.abs(coefficients[1] as number)).toBeGreaterThan(0.05);
});

test.each([0.1, 10])('wide rows give the dense ridge solution for α = %d', async (alpha) => {
  const data = sampleRows({ task: 'regression', rows: 40, width: WIDEST_GRAM + 1 });
  const weights = await fit('ridge', data, { hyperparameters: { alpha } });
  expectClose(valuesOf(weights, 'coefficients'), dualForm(data, alpha), 1e-7);
});

test('wide rows with more rows than rank give the dense linear solution', async () => {
  // Seven columns repeated: all of one scale, so that the least scaled norm is the least norm.
  const narrow = sampleRows({ task: 'regression', rows: 100, width: 7 });
  const repeats = Math.ceil((WIDEST_GRAM + 1) / 7);
  const columns = Array.from({ length: 7 * repeats }, (_, i) => i % 7);
  const wide = valuesOf(await fit('linear', withColumns(narrow, columns)), 'coefficients');
  const shares = closedForm(narrow, 0).map((value) => value / repeats);
  expectClose(
    wide,
    columns.map((column) => shares[column] as number),
    1e-9,
  );
});
