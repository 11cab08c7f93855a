import { expect, test } from 'vitest';
import { rankEstimators } from '../../../src/ml/select/rank.ts';
import type { EstimatorName } from '../../../src/schemas/hyperparameters.ts';
import type { Problem } from '../../../src/schemas/problem.ts';
import type { TrainingOutcome } from '../../../src/schemas/training.ts';
import { outcomeOf } from '../../support/outcomes.ts';
import { problemOf } from '../../support/problems.ts';

const rmse = problemOf('regression', 'rmse');
const accuracy = problemOf('multiclass', 'accuracy');
const rows = { fit: 640, validation: 160 };

const screened = (
  estimator: EstimatorName,
  validationScore: number | null,
  status: TrainingOutcome['status'] = 'completed',
) => outcomeOf({ estimator, hyperparameters: {} }, { validationScore, status });

/** Ranks outcomes, the first of which is the reference. */
const rank = (problem: Problem, ...outcomes: TrainingOutcome[]) =>
  rankEstimators({ problem, rows, outcomes, reference: outcomes[0] as TrainingOutcome });

const order = (problem: Problem, ...outcomes: TrainingOutcome[]) =>
  rank(problem, ...outcomes).ranking.map(({ estimator }) => estimator);

test('the lowest error or the highest score leads, whichever the metric asks for', () => {
  const outcomes = [screened('linear', 2), screened('mlp', 1), screened('ridge', 1.5)];
  expect(order(rmse, ...outcomes)).toEqual(['mlp', 'ridge', 'linear']);
  expect(order(accuracy, screened('logistic', 0.7), screened('mlp', 0.8))).toEqual([
    'mlp',
    'logistic',
  ]);
  expect(rank(rmse, ...outcomes).best.validationScore).toBe(1);
});

test('equal scores go to the simpler estimator, in whatever order they were screened', () => {
  const equal = [screened('mlp', 1), screened('ridge', 1), screened('linear', 1)];
  expect(order(rmse, ...equal)).toEqual(['linear', 'ridge', 'mlp']);
  expect(order(rmse, ...equal.toReversed())).toEqual(['linear', 'ridge', 'mlp']);
});

test('a difference below 0.01 % is a tie; one above it is not', () => {
  expect(order(rmse, screened('mlp', 0.99995), screened('linear', 1))).toEqual(['linear', 'mlp']);
  expect(order(rmse, screened('mlp', 0.9998), screened('linear', 1))).toEqual(['mlp', 'linear']);
  expect(order(accuracy, screened('mlp', 0.80004), screened('logistic', 0.8))).toEqual([
    'logistic',
    'mlp',
  ]);
});

test('without a score an estimator comes last, and is not tuned', () => {
  for (const problem of [rmse, accuracy]) {
    const failed = screened('linear', null, 'diverged');
    const { ranking, finalists } = rank(problem, failed, screened('mlp', 0.5));
    expect(ranking.map(({ estimator }) => estimator)).toEqual(['mlp', 'linear']);
    expect(ranking[1]?.reason).toBe('no validation score (diverged)');
    expect(finalists.map(({ estimator }) => estimator)).toEqual(['mlp']);
  }
});

test('where none has a score, the simplest goes on', () => {
  const { finalists, best } = rank(rmse, screened('mlp', null), screened('ridge', null));
  expect(best.candidate.estimator).toBe('ridge');
  expect(finalists.map(({ estimator }) => estimator)).toContain('ridge');
});

test('those within a quarter of the best are tuned, best first; the others are too far behind', () => {
  const outcomes = [screened('linear', 1.3), screened('ridge', 1.2), screened('mlp', 1)];
  const { ranking, finalists } = rank(rmse, ...outcomes);
  expect(finalists.map(({ estimator }) => estimator)).toEqual(['mlp', 'ridge']);
  expect(ranking.map(({ reason }) => reason)).toEqual([
    'best; 30.0 % ahead of linear',
    '20.0 % behind mlp: worth tuning',
    '30.0 % behind mlp: too far behind to be tuned',
  ]);
});

test('the reason names metric, rows and the rule for ties', () => {
  const { reason, ranking } = rank(rmse, screened('linear', 1), screened('mlp', 2));
  expect(reason).toContain('by rmse on 160 validation rows, each with its defaults on 640 rows');
  expect(reason).toContain('differences below 0.01 % go to the simpler estimator');
  expect(ranking[0]?.reason).toBe('best; the reference');
});

test('there is nothing to rank where nothing was screened', () => {
  const reference = screened('linear', 1);
  expect(() => rankEstimators({ problem: rmse, rows, outcomes: [], reference })).toThrow(
    RangeError,
  );
});

test('what was validated on all folds comes first, and is ranked by all of them', () => {
  const folds = (estimator: 'ridge' | 'mlp', score: number, firstScore: number) =>
    outcomeOf(
      { estimator, hyperparameters: {} },
      { validationScore: score, crossValidation: { folds: 5, firstScore } },
    );
  const { ranking, finalists, reason } = rank(
    rmse,
    folds('ridge', 1.1, 0.9),
    folds('mlp', 1, 1),
    screened('randomForest', 0.95),
  );
  expect(ranking.map(({ estimator }) => estimator)).toEqual(['mlp', 'ridge', 'randomForest']);
  expect(finalists.map(({ estimator }) => estimator)).toEqual(['mlp', 'ridge']);
  expect(ranking[2]?.reason).toContain('not validated on the others');
  expect(reason).toContain('on 5 folds of 800 rows');
});
