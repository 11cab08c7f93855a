import { expect, test } from 'vitest';
import { pickCandidates } from '../../../src/ml/ensemble/pick-candidates.ts';
import type { EstimatorName } from '../../../src/schemas/hyperparameters.ts';
import type { TrainingOutcome } from '../../../src/schemas/training.ts';
import { outcomeOf } from '../../support/outcomes.ts';
import { problemOf } from '../../support/problems.ts';

const problem = problemOf('regression', 'rmse');
let made = 0;
const model = (
  estimator: EstimatorName,
  validationScore: number | null,
  result: Partial<TrainingOutcome> = {},
) => {
  const weightsHash = String(made++).padStart(64, '0');
  const predictions = outcomeOf({ estimator, hyperparameters: {} }).weights;
  return outcomeOf(
    { estimator, hyperparameters: {} },
    { validationScore, weightsHash, predictions, ...result },
  );
};

test('each model is considered once, the best first', () => {
  const [good, bad] = [model('mlp', 1), model('mlp', 2)];
  expect(pickCandidates(problem, bad, [good, bad])).toEqual([good, bad]);
});

test('what has no score, no predictions or has diverged is not', () => {
  const chosen = model('mlp', 3);
  const outcomes = [
    model('mlp', null),
    model('mlp', 1, { predictions: null }),
    model('mlp', 1, { status: 'diverged' }),
  ];
  expect(pickCandidates(problem, chosen, outcomes)).toEqual([chosen]);
});

test('many models of one kind leave room for those of others', () => {
  const trees = Array.from({ length: 40 }, (_, i) => model('gradientBoosting', 1 + i / 100));
  const ridge = model('ridge', 9);
  const picked = pickCandidates(problem, ridge, trees);
  expect(picked).toHaveLength(25);
  expect(picked).toContain(ridge);
  expect(picked[0]).toBe(trees[0]);
});

test('what was validated on other rows is not compared', () => {
  const crossValidation = { folds: 5, firstScore: 1 };
  const chosen = model('mlp', 2, { crossValidation });
  const alike = model('ridge', 3, { crossValidation });
  expect(pickCandidates(problem, chosen, [model('mlp', 1), alike])).toEqual([chosen, alike]);
});
