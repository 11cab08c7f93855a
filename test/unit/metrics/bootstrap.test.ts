import { expect, test } from 'vitest';
import { bootstrapIntervals, quantile } from '../../../src/ml/metrics/bootstrap.ts';
import type { Predictions } from '../../../src/ml/metrics/score.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { problemOf } from '../../support/problems.ts';

/** Standard normal errors: the mean absolute error is √(2/π). */
function noise(rows: number, index: number): Predictions {
  const random = new RandomStream(1, 'test-noise', [index]);
  return {
    problem: problemOf('regression', 'mae'),
    truth: Float64Array.from({ length: rows }, () => random.normal()),
    outputs: new Float64Array(rows),
  };
}

const options = { seed: 3, confidence: 0.95 };

test('intervals depend on the seed alone', () => {
  const predictions = noise(50, 0);
  const first = bootstrapIntervals(['mae', 'r2'], predictions, options);
  expect(bootstrapIntervals(['mae', 'r2'], predictions, options)).toEqual(first);
  expect(bootstrapIntervals(['mae'], predictions, options)).toEqual({ mae: first.mae });
  const other = bootstrapIntervals(['mae'], predictions, { ...options, seed: 4 });
  expect(other.mae).not.toEqual(first.mae);
});

test('a 95 % interval holds the true value about 95 times in 100', () => {
  const truth = Math.sqrt(2 / Math.PI);
  const sets = 150;
  let held = 0;
  for (let index = 0; index < sets; index++) {
    const { mae } = bootstrapIntervals(['mae'], noise(60, index), { ...options, seed: index });
    if (mae !== undefined && mae.low <= truth && truth <= mae.high) held += 1;
  }
  expect(held / sets).toBeGreaterThan(0.9);
  expect(held / sets).toBeLessThan(0.99);
});

test('less confidence, or more rows, give narrower intervals', () => {
  const widthOf = (rows: number, confidence: number) => {
    const { mae } = bootstrapIntervals(['mae'], noise(rows, 0), { seed: 3, confidence });
    return (mae?.high ?? 0) - (mae?.low ?? 0);
  };
  expect(widthOf(100, 0.5)).toBeLessThan(0.5 * widthOf(100, 0.95));
  expect(widthOf(400, 0.95) / widthOf(100, 0.95)).toBeCloseTo(0.5, 0);
});

test('probabilities stay with their rows', () => {
  const truth = Float64Array.from({ length: 40 }, (_, row) => row % 3);
  const outputs = Float64Array.from({ length: 120 }, (_, i) =>
    i % 3 === Math.floor(i / 3) % 3 ? 0.8 : 0.1,
  );
  const problem = problemOf('multiclass', 'accuracy');
  const intervals = bootstrapIntervals(
    ['accuracy', 'log_loss'],
    { problem, truth, outputs },
    options,
  );
  expect(intervals.accuracy).toEqual({ low: 1, high: 1 });
  expect(intervals.log_loss?.low).toBeCloseTo(-Math.log(0.8), 12);
  expect(intervals.log_loss?.high).toBeCloseTo(-Math.log(0.8), 12);
});

test('a metric that is undefined on most resamples has no interval', () => {
  const problem = problemOf('binary', 'roc_auc');
  const outputs = Float64Array.of(0.9, 0.1, 0.2, 0.8);
  // Of two rows, half of the resamples hold both kinds; of two alike, none does.
  const alike = { problem, truth: Float64Array.of(1, 1), outputs };
  expect(bootstrapIntervals(['roc_auc'], alike, options)).toEqual({});
});

test('quantiles interpolate between order statistics', () => {
  const sorted = Float64Array.of(1, 2, 4, 8);
  const found = [0, 0.25, 0.5, 0.9, 1].map((q) => quantile(sorted, q));
  // numpy.quantile([1, 2, 4, 8], …), method 'linear'
  [1, 1.75, 3, 6.8, 8].forEach((value, i) => expect(found[i]).toBeCloseTo(value, 12));
});
