import { expect, test } from 'vitest';
import type { Problem } from '../../src/schemas/problem.ts';
import { relativeGain } from '../../src/workflows/score.ts';

const problem = (direction: Problem['direction']): Problem => ({
  task: 'regression',
  target: 'y',
  classes: [],
  positiveClass: null,
  metric: 'rmse',
  direction,
});

test('gain is positive in the direction of better', () => {
  expect(relativeGain(problem('minimise'), 2, 1)).toBeCloseTo(0.5);
  expect(relativeGain(problem('maximise'), 0.8, 0.9)).toBeCloseTo(0.125);
  expect(relativeGain(problem('maximise'), 0.8, 0.7)).toBeLessThan(0);
});

test('a missing score loses to any other', () => {
  expect(relativeGain(problem('minimise'), null, 5)).toBe(Number.POSITIVE_INFINITY);
  expect(relativeGain(problem('minimise'), 5, null)).toBe(Number.NEGATIVE_INFINITY);
});
