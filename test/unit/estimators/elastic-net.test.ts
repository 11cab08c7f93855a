import { expect, test } from 'vitest';
import { RandomStream } from '../../../src/ml/random.ts';
import { expectClose } from '../../support/close.ts';
import { fit, valuesOf } from '../../support/fit.ts';
import { MemoryRows } from '../../support/memory-rows.ts';
import { plant } from '../../support/planted.ts';

const data = plant({
  ...{ rows: 200, width: 12, seed: 1 },
  target: ([x = 0, z = 0], noise) => 2 * x - z + 0.5 + 0.3 * noise(),
});

/** xⱼᵀ(y − Xw − b) / n for each column. */
function slopes({ features, targets, width, rows }: MemoryRows, w: number[], b: number): number[] {
  const residuals = Array.from(targets, (y, row) =>
    w.reduce((sum, weight, j) => sum - weight * (features[row * width + j] as number), y - b),
  );
  return w.map(
    (_, j) =>
      residuals.reduce((sum, r, row) => sum + r * (features[row * width + j] as number), 0) / rows,
  );
}

test.each([
  ['lasso', { alpha: 0.1 }, 0.1, 0],
  ['elasticNet', { alpha: 0.2, l1Share: 0.5 }, 0.1, 0.1],
] as const)(
  '%s meets the conditions of its minimum in every column',
  async (name, hyperparameters, l1, l2) => {
    const weights = await fit(name, data, { hyperparameters });
    const coefficients = valuesOf(weights, 'coefficients');
    const [intercept = 0] = valuesOf(weights, 'intercept');
    // How far each is from 0 among the (sub)gradients of its column.
    const excess = slopes(data, coefficients, intercept).map((slope, j) => {
      const w = coefficients[j] as number;
      if (w === 0) return Math.max(0, Math.abs(slope) - l1);
      return Math.abs(slope - l1 * Math.sign(w) - l2 * w);
    });
    expect(Math.max(...excess)).toBeLessThan(1e-7);
    expect(coefficients.filter((w) => w === 0).length, 'columns left out').toBeGreaterThan(5);
  },
);

test('one column is drawn towards 0 by the penalty, and left out beyond its slope', async () => {
  const rows = MemoryRows.of([
    [[-1], -2],
    [[1], 2],
  ]);
  const at = async (alpha: number) =>
    valuesOf(await fit('lasso', rows, { hyperparameters: { alpha } }), 'coefficients');
  // The slope at 0 is 2, the mean square 1.
  expectClose(await at(0.5), [1.5], 1e-12);
  expect(await at(2)).toEqual([0]);
});

test('with hardly any L1 the elastic net is ridge with α times the rows', async () => {
  const net = await fit('elasticNet', data, { hyperparameters: { alpha: 0.3, l1Share: 1e-9 } });
  const ridge = await fit('ridge', data, { hyperparameters: { alpha: 0.3 * data.rows } });
  expectClose(valuesOf(net, 'coefficients'), valuesOf(ridge, 'coefficients'), 1e-6);
});

test('two columns that are the same share nothing but are finite', async () => {
  const random = new RandomStream(1, 'test-twins');
  const rows = Array.from({ length: 50 }, () => random.normal());
  const twins = MemoryRows.of(rows.map((x) => [[x, x], 3 * x]));
  const coefficients = valuesOf(
    await fit('lasso', twins, { hyperparameters: { alpha: 0.01 } }),
    'coefficients',
  );
  expect(coefficients.reduce((sum, w) => sum + w, 0)).toBeCloseTo(3, 1);
});
