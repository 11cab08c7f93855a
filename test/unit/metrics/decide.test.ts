import { expect, test } from 'vitest';
import { commonProblem, toCommonClasses } from '../../../src/ml/metrics/common-problem.ts';
import { predictedClasses } from '../../../src/ml/metrics/decide.ts';
import { scoreMetric } from '../../../src/ml/metrics/score.ts';
import { problemOf } from '../../support/problems.ts';

const three = problemOf('multiclass', 'f1_macro');
const two = problemOf('binary', 'f1');

test('the most probable class is predicted, the first of equals', () => {
  const outputs = Float64Array.of(0.2, 0.5, 0.3, 0.4, 0.4, 0.2, 0.1, 0.45, 0.45);
  expect([...predictedClasses(outputs, three)]).toEqual([1, 0, 1]);
});

test('weights of classes are a threshold for two, and move metrics of decisions alone', () => {
  const outputs = Float64Array.of(0.9, 0.1, 0.7, 0.3, 0.6, 0.4, 0.2, 0.8);
  const weighted = { ...two, decision: [1, 3] };
  // The threshold is 1 / (1 + 3).
  expect([...predictedClasses(outputs, two)]).toEqual([0, 0, 0, 1]);
  expect([...predictedClasses(outputs, weighted)]).toEqual([0, 1, 1, 1]);
  const truth = Float64Array.of(0, 1, 1, 1);
  const score = (metric: 'f1' | 'roc_auc' | 'log_loss', problem: typeof two) =>
    scoreMetric(metric, { problem, truth, outputs });
  expect(score('f1', two)).toBe(0.5);
  expect(score('f1', weighted)).toBe(1);
  expect(score('roc_auc', weighted)).toBe(score('roc_auc', two));
  expect(score('log_loss', weighted)).toBe(score('log_loss', two));
});

test('models that decide in different ways are compared by what each decides', () => {
  const older = { ...two, decision: [1, 3] };
  const common = commonProblem(older, two);
  expect(common).toEqual(two);
  const outputs = Float64Array.of(0.7, 0.3);
  expect([...predictedClasses(toCommonClasses(outputs, older, common), common)]).toEqual([1]);
  expect([...predictedClasses(toCommonClasses(outputs, two, common), common)]).toEqual([0]);
});
