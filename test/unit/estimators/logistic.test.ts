import { expect, test } from 'vitest';
import { logisticLoss } from '../../../src/ml/estimators/logistic/logistic-loss.ts';
import { expectClose } from '../../support/close.ts';
import { fit, valuesOf } from '../../support/fit.ts';
import { MemoryRows } from '../../support/memory-rows.ts';
import { sampleRows } from '../../support/sample-rows.ts';

/** Forty rows by a formula that another program can repeat. */
function formulaRows(classes: number): MemoryRows {
  const features = Float32Array.from({ length: 40 * 3 }, (_, index) => {
    const [i, j] = [Math.floor(index / 3), index % 3];
    return ((7 * i * (j + 2) + 13 * j + i * i) % 31) / 10 - 1.5;
  });
  const targets = Float64Array.from({ length: 40 }, (_, i) => {
    const [a = 0, b = 0] = features.subarray(3 * i);
    const score = a - 0.5 * b + ((11 * i) % 7) / 4 - 0.75;
    if (classes === 2) return score > 0 ? 1 : 0;
    return score < -0.5 ? 0 : score < 0.7 ? 1 : 2;
  });
  return new MemoryRows(3, features, targets);
}

// LogisticRegression(C=…, tol=1e-12, solver='newton-cg') of scikit-learn 1.9.1, numpy 2.4.6, on the same rows.
test.each([
  { c: 0.01, coefficients: [0.1146849, -0.0464535, 0.0069059], intercept: -0.0848547 },
  { c: 1, coefficients: [2.077699, -1.0869429, 0.0397386], intercept: 0.0346683 },
  { c: 100, coefficients: [4.7115168, -2.4935827, -0.2083556], intercept: -0.0688394 },
])('two classes give the coefficients of scikit-learn for C = $c', async (reference) => {
  const hyperparameters = { c: reference.c };
  const weights = await fit('logistic', formulaRows(2), { classes: 2, hyperparameters });
  expectClose(valuesOf(weights, 'coefficients'), reference.coefficients, 1e-5);
  expectClose(valuesOf(weights, 'intercepts'), [reference.intercept], 1e-5);
});

test.each([
  {
    c: 0.01,
    coefficients: [
      [-0.1077623, 0.0432844, 0.0199666],
      [0.0589703, -0.031777, -0.0296942],
      [0.048792, -0.0115073, 0.0097275],
    ],
    intercepts: [0.2053558, 0.4795748, -0.6849306],
  },
  {
    c: 1,
    coefficients: [
      [-1.5842202, 0.8669557, 0.1762813],
      [0.37858, -0.3699384, -0.2837684],
      [1.2056402, -0.4970173, 0.1074871],
    ],
    intercepts: [-0.1394749, 0.8707987, -0.7313238],
  },
  {
    c: 100,
    coefficients: [
      [-3.2455399, 2.0236607, 0.3173186],
      [0.3630595, -0.6074082, -0.3675895],
      [2.8824804, -1.4162525, 0.0502709],
    ],
    intercepts: [-0.3720985, 1.5515046, -1.1794062],
  },
])('three classes give the coefficients of scikit-learn for C = $c', async (reference) => {
  const hyperparameters = { c: reference.c };
  const weights = await fit('logistic', formulaRows(3), { classes: 3, hyperparameters });
  expectClose(valuesOf(weights, 'coefficients'), reference.coefficients.flat(), 1e-5);
  expectClose(valuesOf(weights, 'intercepts'), reference.intercepts, 1e-5);
});

test.each([2, 3])(
  'the gradient of the loss equals finite differences, %d classes',
  async (classes) => {
    const data = formulaRows(classes);
    const outputs = classes === 2 ? 1 : classes;
    const point = Float64Array.from({ length: outputs * 4 }, (_, i) => Math.sin(i + 1));
    const { gradient } = await logisticLoss(data, classes, 0.5, point);
    const numeric = await Promise.all(
      [...point].map(async (_, i) => {
        const at = (shift: number) =>
          logisticLoss(
            data,
            classes,
            0.5,
            point.map((value, j) => (i === j ? value + shift : value)),
          );
        return ((await at(1e-5)).value - (await at(-1e-5)).value) / 2e-5;
      }),
    );
    expectClose(gradient, numeric, 1e-9);
  },
);

test('separable classes, hardly penalised, end with finite coefficients and no error', async () => {
  const data = MemoryRows.of([-3, -2, -1, 1, 2, 3].map((x) => [[x], x > 0 ? 1 : 0] as const));
  const weights = await fit('logistic', data, { classes: 2, hyperparameters: { c: 1e6 } });
  const [slope = 0] = valuesOf(weights, 'coefficients');
  expect(slope).toBeGreaterThan(5);
  expect(slope).toBeLessThan(100);
});

test('it stops at the most iterations that it may take', async () => {
  const data = sampleRows({ task: 'binary', rows: 80, width: 6 });
  const capped = { c: 1e4, maxIterations: 3 };
  const three = await fit('logistic', data, { classes: 2, hyperparameters: capped });
  const slices = await fit('logistic', data, {
    classes: 2,
    hyperparameters: { c: 1e4 },
    slices: 3,
  });
  const whole = await fit('logistic', data, { classes: 2, hyperparameters: { c: 1e4 } });
  expect(three).toEqual(slices);
  expect(three).not.toEqual(whole);
});
