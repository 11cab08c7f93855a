import { expect, test } from 'vitest';
import {
  balancedAccuracy,
  confusionMatrix,
  perClassScores,
} from '../../../src/ml/metrics/classification.ts';

test('the confusion matrix counts true classes in rows and predicted ones in columns', () => {
  const truth = Float64Array.of(0, 0, 1, 2, 2, 2);
  const predicted = Int32Array.of(0, 2, 1, 2, 0, 2);
  expect(confusionMatrix(truth, predicted, 3)).toEqual([
    [1, 0, 1],
    [0, 1, 0],
    [1, 0, 2],
  ]);
});

// precision_recall_fscore_support of scikit-learn 1.9.1.
test('precision, recall and F1 of each class agree with scikit-learn', () => {
  const scores = perClassScores([
    [8, 6, 5],
    [2, 3, 3],
    [0, 0, 3],
  ]);
  const reference = [
    { precision: 0.8, recall: 0.42105263, f1: 0.55172414, support: 19 },
    { precision: 0.33333333, recall: 0.375, f1: 0.35294118, support: 8 },
    { precision: 0.27272727, recall: 1, f1: 0.42857143, support: 3 },
  ];
  scores.forEach((each, index) => {
    expect(each.precision).toBeCloseTo(reference[index]?.precision as number, 7);
    expect(each.recall).toBeCloseTo(reference[index]?.recall as number, 7);
    expect(each.f1).toBeCloseTo(reference[index]?.f1 as number, 7);
    expect(each.support).toBe(reference[index]?.support);
  });
});

test('a class that neither occurs nor is predicted scores 0, and is left out of the balance', () => {
  const confusion = [
    [1, 1, 0],
    [1, 2, 0],
    [0, 0, 0],
  ];
  expect(perClassScores(confusion)[2]).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
  expect(balancedAccuracy(confusion)).toBeCloseTo((1 / 2 + 2 / 3) / 2, 12);
});

test('a class that occurs but is never predicted has precision 0', () => {
  const [, second] = perClassScores([
    [3, 0],
    [2, 0],
  ]);
  expect(second).toEqual({ precision: 0, recall: 0, f1: 0, support: 2 });
});
