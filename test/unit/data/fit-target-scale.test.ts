import { describe, expect, test } from 'vitest';
import { chooseTargetScale, fitTargetScale } from '../../../src/ml/data/fit-target-scale.ts';
import { momentsOf } from '../../../src/ml/data/signed-log.ts';
import { scaleTarget, unscaleTarget } from '../../../src/ml/data/target-scale.ts';

const scaled = (values: readonly number[], kind: 'standard' | 'log' | 'power' | 'none') => {
  const scale = fitTargetScale(Float64Array.from(values), kind);
  return { scale, seen: values.map((value) => scaleTarget(value, scale)) };
};

test('standard: models see (y − μ)/σ', () => {
  const { scale, seen } = scaled([1, 2, 3, 4], 'standard');
  expect(scale).toEqual({ log: false, shift: 2.5, scale: expect.closeTo(Math.sqrt(1.25), 12) });
  const third = 0.5 / Math.sqrt(1.25);
  expect(seen).toEqual([-3, -1, 1, 3].map((each) => expect.closeTo(each * third, 12)));
});

test('log: models see log(1 + y), standardised', () => {
  // log(1 + y) is 0, 1 and 2.
  const { scale, seen } = scaled([0, Math.expm1(1), Math.expm1(2)], 'log');
  expect(scale.log).toBe(true);
  expect(scale.shift).toBeCloseTo(1, 12);
  expect(scale.scale).toBeCloseTo(Math.sqrt(2 / 3), 12);
  expect(seen).toEqual([-1, 0, 1].map((each) => expect.closeTo(each * Math.sqrt(1.5), 12)));
});

test('none: models see the target itself', () => {
  expect(scaled([1, 2, 30], 'none')).toEqual({
    scale: { log: false, shift: 0, scale: 1 },
    seen: [1, 2, 30],
  });
});

test('power: models see a symmetric target, negative numbers and all', () => {
  const values = Array.from(
    { length: 999 },
    (_, i) => Math.exp(Math.log((i + 1) / (1_000 - i))) - 3,
  );
  const { scale, seen } = scaled(values, 'power');
  expect(scale.log).toBe(false);
  expect(scale.power).toBeGreaterThan(0);
  expect(scale.power).toBeLessThan(1);
  expect(Math.abs(momentsOf(seen).skewness)).toBeLessThan(0.2 * momentsOf(values).skewness);
  expect(momentsOf(seen).mean).toBeCloseTo(0, 9);
  expect(momentsOf(seen).std).toBeCloseTo(1, 9);
});

test.each(['standard', 'log', 'power', 'none'] as const)('%s is undone exactly', (kind) => {
  const values = [-0.9, 0, 1e-9, 3, 1e6];
  const scale = fitTargetScale(Float64Array.from(values), kind);
  for (const value of [...values, 2e6]) {
    const back = unscaleTarget(scaleTarget(value, scale), scale);
    expect(Math.abs(back - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
  }
});

test('a target that does not vary is divided by 1', () => {
  expect(scaled([5, 5, 5], 'standard').scale).toEqual({ log: false, shift: 5, scale: 1 });
});

test.each([-1, -3.5])('log is refused where the least target is %d', (least) => {
  expect(() => fitTargetScale(Float64Array.of(1, least, 2), 'log')).toThrow(
    expect.objectContaining({
      problem: {
        code: 'TargetNotPositive',
        field: 'preprocess.targetScale',
        value: 'log',
        expected: `targets above −1, for log(1 + y); the least is ${least}`,
        remedy: "Choose 'power', 'standard' or 'none'.",
      },
    }),
  );
});

describe('a job that leaves it open', () => {
  // Quantiles of the exponential of a normal distribution: skewness 4 and more.
  const longTailed = Float64Array.from({ length: 999 }, (_, i) => ((i + 1) / (1_000 - i)) ** 1.5);
  const even = Float64Array.from({ length: 999 }, (_, i) => i);
  const choose = (values: Float64Array, metric: 'mae' | 'rmse' = 'mae') =>
    chooseTargetScale(values, metric, ['onnx']);

  test('has logarithms of a long tail where medians are asked for', () => {
    expect(choose(longTailed)).toEqual({
      value: 'log',
      reason: expect.stringMatching(
        /^long-tailed: skewness [\d.]+, of logarithms [\d.]+; mae asks/,
      ),
    });
  });

  test('has the target as it is elsewhere', () => {
    expect(choose(even).value).toBe('standard');
    expect(choose(longTailed, 'rmse').value).toBe('standard');
    expect(chooseTargetScale(longTailed, 'mae', ['tfjs-layers']).value).toBe('standard');
  });

  test('has powers of a long tail that a logarithm does not serve', () => {
    const negative = longTailed.map((value) => value - 2);
    expect(choose(negative)).toEqual({
      value: 'power',
      reason: expect.stringMatching(/^long-tailed: skewness [\d.]+, of powers -?[\d.]+; mae asks/),
    });
    expect(choose(longTailed.map((value) => -value)).value).toBe('power');
    expect(choose(negative, 'rmse').value).toBe('standard');
    expect(chooseTargetScale(negative, 'mae', ['onnx', 'keras'])).toEqual({
      value: 'standard',
      reason: expect.stringMatching(/keras has no roots$/),
    });
  });
});
