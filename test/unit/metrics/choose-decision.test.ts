import { expect, test } from 'vitest';
import { chooseDecision } from '../../../src/ml/metrics/choose-decision.ts';
import { scoreMetric } from '../../../src/ml/metrics/score.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import type { MetricName } from '../../../src/schemas/problem.ts';
import { problemOf } from '../../support/problems.ts';

/** One row in ten is positive, and its probability is right: for F1 a threshold of 1/2 is too high. */
function rare(rows: number, metric: MetricName, seed = 1) {
  const random = new RandomStream(seed, 'test-rare');
  const truth = new Float64Array(rows);
  const outputs = new Float64Array(2 * rows);
  for (let row = 0; row < rows; row++) {
    const yes = random.uniform() ** 6;
    truth[row] = random.uniform() < yes ? 1 : 0;
    outputs.set([1 - yes, yes], 2 * row);
  }
  return { problem: problemOf('binary', metric), truth, outputs };
}

test('a rare class gets the weight that F1 wants, which holds on other rows', () => {
  const choice = chooseDecision(rare(3_000, 'f1'), 0);
  expect(choice?.isBetter).toBe(true);
  const [no, yes] = (choice?.weights ?? []) as [number, number];
  const threshold = no / (no + yes);
  expect(threshold).toBeGreaterThan(0.2);
  expect(threshold).toBeLessThan(0.45);
  const fresh = rare(20_000, 'f1', 2);
  const weighted = { ...fresh, problem: { ...fresh.problem, decision: [no, yes] } };
  expect(scoreMetric('f1', weighted)).toBeGreaterThan((scoreMetric('f1', fresh) as number) + 0.02);
});

test('metrics that ask for no such choice get none', () => {
  for (const metric of ['accuracy', 'roc_auc', 'log_loss', 'recall'] as const) {
    expect(chooseDecision(rare(300, metric), 0), metric).toBeNull();
  }
});

test('weights that were luck are not kept', () => {
  // Perfect probabilities, which nothing makes better.
  const truth = Float64Array.from({ length: 60 }, (_, row) => row % 3);
  const outputs = Float64Array.from({ length: 180 }, (_, i) =>
    truth[Math.floor(i / 3)] === i % 3 ? 0.8 : 0.1,
  );
  const problem = problemOf('multiclass', 'f1_macro');
  expect(chooseDecision({ problem, truth, outputs }, 0)?.isBetter).toBe(false);
});

test('with more classes, the one that models shy away from gets more weight', () => {
  const random = new RandomStream(4, 'test-shy');
  const rows = 1_500;
  const truth = Float64Array.from({ length: rows }, (_, row) => (row % 10 === 0 ? 2 : row % 2));
  const outputs = new Float64Array(3 * rows);
  truth.forEach((actual, row) => {
    const scores = [0, 1, 2].map((each) => Math.exp((each === actual ? 1.2 : 0) + random.normal()));
    const [a, b, c] = scores as [number, number, number];
    const shy = 0.3 * c;
    const total = a + b + shy;
    outputs.set([a / total, b / total, shy / total], 3 * row);
  });
  const choice = chooseDecision(
    { problem: problemOf('multiclass', 'balanced_accuracy'), truth, outputs },
    0,
  );
  const [first, , third] = (choice?.weights ?? []) as [number, number, number];
  expect(choice?.isBetter).toBe(true);
  expect(third).toBeGreaterThan(1.3 * first);
});
