import { describe, expect, test } from 'vitest';
import { fitColumn } from '../../../src/ml/data/fit-operations.ts';
import { FittedTransform } from '../../../src/ml/data/fitted-transform.ts';
import { bendSkewed, momentsOf } from '../../../src/ml/data/signed-log.ts';
import {
  INPUT_POWERS,
  inverseYeoJohnson,
  likeliestPower,
  TARGET_POWERS,
  yeoJohnson,
} from '../../../src/ml/data/yeo-johnson.ts';
import { describeRow } from '../../../src/ml/insights/input-columns.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import type { Transform } from '../../../src/schemas/transform.ts';
import { profileOf } from '../../support/column-profiles.ts';
import { jobOf } from '../../support/jobs.ts';

const random = new RandomStream(1, 'test-power');
const normal = Array.from({ length: 2_000 }, () => random.normal());

/** Numbers that the power makes normal. */
const grownBy = (power: number) =>
  normal.map((value) => inverseYeoJohnson(value, power)).filter(Number.isFinite);

test('the formulas of Yeo and Johnson', () => {
  expect(yeoJohnson(3, 0.5)).toBeCloseTo((Math.sqrt(4) - 1) / 0.5, 12);
  expect(yeoJohnson(-3, 0.5)).toBeCloseTo(-(4 ** 1.5 - 1) / 1.5, 12);
  expect(yeoJohnson(3, -1)).toBeCloseTo(0.75, 12);
  expect(yeoJohnson(-3, 1)).toBe(-3);
  // Near λ = 0 it is the logarithm.
  expect(yeoJohnson(3, 1e-6)).toBeCloseTo(Math.log1p(3), 5);
});

test.each([-1.99, -0.51, 0.01, 0.37, 1, 1.99, 2.51])('λ = %d is undone', (power) => {
  for (const value of [-7, -1.5, -1e-9, 0, 1e-9, 0.3, 7]) {
    const bent = yeoJohnson(value, power);
    expect(inverseYeoJohnson(bent, power)).toBeCloseTo(value, 9);
    expect(yeoJohnson(value + 1, power)).toBeGreaterThan(bent);
  }
});

test('what a model says beyond all targets still comes to a number', () => {
  for (const power of [0.01, 0.37, 1.99]) {
    for (const said of [-50, 50]) expect(inverseYeoJohnson(said, power)).not.toBeNaN();
  }
});

describe('the likeliest exponent', () => {
  test.each([0.31, 0.75, 1.25, 1.61])('is %d where that made the numbers', (power) => {
    expect(likeliestPower(grownBy(power), INPUT_POWERS)).toBeCloseTo(power, 1);
    expect(likeliestPower(grownBy(power), TARGET_POWERS)).toBeCloseTo(power, 1);
  });

  test('is within its range, never 0 or 2, and the same of a mirrored tail', () => {
    const longTailed = normal.map((value) => Math.exp(3 * value));
    expect(likeliestPower(longTailed, INPUT_POWERS)).toBeLessThan(0.2);
    const target = likeliestPower(longTailed, TARGET_POWERS);
    expect(target).toBeGreaterThan(0);
    const mirrored = longTailed.map((value) => -value);
    expect(likeliestPower(mirrored, TARGET_POWERS)).toBeCloseTo(2 - target, 9);
  });

  test('does not mind how large numbers are', () => {
    const huge = normal.map((value) => Math.exp(80 * value));
    expect(likeliestPower(huge, INPUT_POWERS)).toBeLessThan(0.5);
  });
});

describe('long-tailed numbers', () => {
  const shifted = normal.map((value) => Math.exp(1.2 * value) - 4);

  test('with negative ones among them are made nearly symmetric', () => {
    const { power, shift, scale } = bendSkewed(shifted, 'power') ?? { shift: 0, scale: 1 };
    const bent = shifted.map((value) => (yeoJohnson(value, power as number) - shift) / scale);
    expect(Math.abs(momentsOf(bent).skewness)).toBeLessThan(0.2 * momentsOf(shifted).skewness);
    expect(momentsOf(bent).mean).toBeCloseTo(0, 9);
    // The logarithm of either sign makes little of them.
    expect(bendSkewed(shifted, 'log')).toBeNull();
  });

  test('to the other side are, too; and others stay as they are', () => {
    const other = bendSkewed(
      shifted.map((value) => -value),
      'power',
    );
    expect(other?.power).toBeGreaterThan(1);
    expect(bendSkewed(normal, 'power')).toBeNull();
  });

  test('are imputed before, and described as they were', () => {
    const { preprocess } = jobOf({ preprocess: { skewed: 'power' } });
    const { operations, action } = fitColumn(profileOf([...shifted, '']), 'numeric', preprocess);
    const operation = operations[0] as {
      power: number;
      impute: number;
      shift: number;
      scale: number;
    };
    const { power, impute, shift, scale } = operation;
    expect(action).toBe(
      `power of Yeo and Johnson, λ = ${power}, as long-tailed, standardised (x − μ)/σ, 1 missing → median`,
    );
    const document: Transform = { schemaVersion: 1, missing: [], operations: [...operations] };
    const transform = FittedTransform.parse(document);
    const { numeric } = transform.encode([{ x: -3.5 }, { x: null }]);
    expect(numeric[0]).toBe(Math.fround((yeoJohnson(-3.5, power) - shift) / scale));
    expect(transform.layout.imputed).toEqual([(yeoJohnson(impute, power) - shift) / scale]);
    const shown = describeRow(document, numeric.subarray(0, 1), 'one-hot');
    expect(Number(shown['x'])).toBeCloseTo(-3.5, 4);
  });
});
