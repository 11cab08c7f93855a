import { describe, expect, test } from 'vitest';
import { pairwiseAuc, prAuc } from '../../../src/ml/metrics/probabilities.ts';
import { type Predictions, scoreMetric } from '../../../src/ml/metrics/score.ts';
import { MetricName, type Problem } from '../../../src/schemas/problem.ts';
import { problemOf } from '../../support/problems.ts';

// References: sklearn.metrics of scikit-learn 1.9.1, numpy 2.4.6, on the same 30 rows.

/** Probabilities [30, classes] by a formula that another program can repeat; many are equal. */
function probabilities(classes: number): Float64Array {
  const rows = Array.from({ length: 30 }, (_, row) => {
    const raw = Array.from(
      { length: classes },
      (_, index) => 1 + ((7 * row * (index + 1) + 3 * index + row * row) % 11),
    );
    const total = raw.reduce((sum, value) => sum + value, 0);
    return raw.map((value) => value / total);
  });
  return Float64Array.from(rows.flat());
}

/** Of every four rows the first is predicted rightly; the others by formula. */
function labels(classes: number): Float64Array {
  const outputs = probabilities(classes);
  const [factor, modulus] = classes === 2 ? [5, 17] : [2, 7];
  return Float64Array.from({ length: 30 }, (_, row) => {
    const own = [...outputs.subarray(row * classes, (row + 1) * classes)];
    if (row % 4 === 0) return own.indexOf(Math.max(...own));
    return ((row * row + factor * row) % modulus) % classes;
  });
}

const binary = (positiveClass: string): Predictions => ({
  problem: { ...problemOf('binary', 'f1'), positiveClass },
  truth: labels(2),
  outputs: probabilities(2),
});
const multiclass: Predictions = {
  problem: problemOf('multiclass', 'accuracy'),
  truth: labels(3),
  outputs: probabilities(3),
};
const values = Float64Array.from({ length: 30 }, (_, row) => ((13 * row + row * row) % 23) / 4 - 2);
const regression: Predictions = {
  problem: problemOf('regression', 'mse'),
  truth: values,
  outputs: values.map((value, row) => value + (((7 * row) % 9) - 4) / 5),
};

const allScores = (predictions: Predictions) =>
  Object.fromEntries(
    MetricName.options.map((metric) => [metric, scoreMetric(metric, predictions)]),
  );

const none = { mse: null, rmse: null, mae: null, r2: null };
const ofClasses = {
  accuracy: null,
  balanced_accuracy: null,
  f1: null,
  f1_macro: null,
  f1_weighted: null,
  precision: null,
  recall: null,
  roc_auc: null,
  pr_auc: null,
  log_loss: null,
};

/** Reference scores, to be met to twelve decimals. */
const nearly = (reference: Record<string, number | null>) =>
  Object.fromEntries(
    Object.entries(reference).map(([metric, value]) => [
      metric,
      value === null ? null : (expect.closeTo(value, 12) as number),
    ]),
  );

test('two classes are scored with the positive class as the one to find', () => {
  const common = {
    ...none,
    accuracy: 0.7,
    balanced_accuracy: 0.7083333333333333,
    f1_macro: 0.696969696969697,
    f1_weighted: 0.7030303030303031,
    roc_auc: 0.7615740740740742,
    log_loss: 0.6120612892521249,
  };
  expect(allScores(binary('yes'))).toEqual(
    nearly({
      ...common,
      f1: 0.6666666666666666,
      precision: 0.6,
      recall: 0.75,
      pr_auc: 0.6823885537120831,
    }),
  );
  expect(allScores(binary('no'))).toEqual(
    nearly({
      ...common,
      f1: 0.7272727272727273,
      precision: 0.8,
      recall: 0.6666666666666666,
      pr_auc: 0.8312304978971645,
    }),
  );
});

test('three classes are scored by the mean over them', () => {
  expect(allScores(multiclass)).toEqual(
    nearly({
      ...none,
      accuracy: 0.4666666666666667,
      balanced_accuracy: 0.5986842105263158,
      f1: null,
      f1_macro: 0.4444122476576838,
      f1_weighted: 0.4864000772722882,
      precision: 0.46868686868686865,
      recall: 0.5986842105263158,
      roc_auc: 0.6563306062575068,
      pr_auc: 0.4495923901577982,
      log_loss: 1.2364088336713195,
    }),
  );
});

test('regression is scored by errors and explained variance', () => {
  expect(allScores(regression)).toEqual(
    nearly({
      ...ofClasses,
      mse: 0.2746666666666667,
      rmse: 0.524086506854228,
      mae: 0.45333333333333337,
      r2: 0.9235340744320928,
    }),
  );
});

describe('a metric that is undefined is null', () => {
  const onlyOne = (truth: number[], outputs: number[], problem: Problem): Predictions => ({
    problem,
    truth: Float64Array.from(truth),
    outputs: Float64Array.from(outputs),
  });
  const { problem } = binary('yes');

  test('when no row is there', () => {
    for (const { problem } of [binary('yes'), multiclass, regression]) {
      expect(
        Object.values(allScores(onlyOne([], [], problem))).every((each) => each === null),
      ).toBe(true);
    }
  });

  test('as ROC and PR curves of rows of one kind', () => {
    const negatives = onlyOne([0, 0], [0.6, 0.4, 0.3, 0.7], problem);
    expect(allScores(negatives)).toMatchObject({ roc_auc: null, pr_auc: null, accuracy: 0.5 });
    const positives = onlyOne([1, 1], [0.6, 0.4, 0.3, 0.7], problem);
    expect(allScores(positives)).toMatchObject({ roc_auc: null, pr_auc: 1, accuracy: 0.5 });
  });

  test('as R² of a constant truth', () => {
    const constant = onlyOne([2, 2], [1, 3], regression.problem);
    expect(allScores(constant)).toMatchObject({ r2: null, mse: 1, mae: 1 });
  });

  test('as errors of predictions that are not finite', () => {
    const broken = onlyOne([2, 3], [1, Number.NaN], regression.problem);
    expect(allScores(broken)).toEqual({ ...ofClasses, ...none });
  });
});

test('an ROC curve of several classes leaves out those that do not occur', () => {
  const truth = Float64Array.of(0, 1, 0, 1);
  const outputs = Float64Array.from([0.7, 0.2, 0.1, 0.3, 0.5, 0.2, 0.2, 0.4, 0.4, 0.1, 0.8, 0.1]);
  const { problem } = multiclass;
  // Class 0: 3 of 4 pairs in order; class 1: all 4.
  expect(scoreMetric('roc_auc', { problem, truth, outputs })).toBeCloseTo((3 / 4 + 1) / 2, 12);
});

test('log loss stays finite where the true class was thought impossible', () => {
  const { problem } = binary('yes');
  const certain = { problem, truth: Float64Array.of(1), outputs: Float64Array.of(1, 0) };
  expect(scoreMetric('log_loss', certain)).toBeCloseTo(-Math.log(1e-7), 9);
});

test('scores that are no numbers have no area under a curve', () => {
  for (const area of [pairwiseAuc, prAuc]) {
    expect(area(Uint8Array.of(0, 1, 1), Float64Array.of(0.2, Number.NaN, 0.9))).toBeNull();
    expect(area(Uint8Array.of(0, 1, 1), Float64Array.of(Number.NaN, 0.5, 0.9))).toBeNull();
  }
});
