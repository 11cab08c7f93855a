import { describe, expect, test } from 'vitest';
import { inferProblem } from '../../../src/ml/data/infer-problem.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import { cellsOf, profileOf } from '../../support/column-profiles.ts';
import { jobOf } from '../../support/jobs.ts';

const infer = (cells: readonly unknown[], job: Partial<JobInput> = {}) =>
  inferProblem(jobOf(job), profileOf(cells, { name: 'y' }));

const yesNo = ['yes', 'no', 'no', 'yes', 'no'];
const numbers = cellsOf(40, (i) => i / 3);

test('a target with two values is binary; the rarer one is positive', () => {
  expect(infer(yesNo)).toEqual({
    problem: {
      task: 'binary',
      target: 'y',
      classes: ['no', 'yes'],
      positiveClass: 'yes',
      metric: 'roc_auc',
      direction: 'maximise',
    },
    decisions: [
      { field: 'task', value: 'binary', reason: 'the target has two values' },
      {
        field: 'positiveClass',
        value: 'yes',
        reason: 'the rarer class of the training rows: no 3, yes 2',
      },
      { field: 'metric', value: 'roc_auc', reason: 'the usual one for binary' },
    ],
  });
});

test('of two classes as frequent as each other, the second is positive', () => {
  expect(infer(['a', 'b', 'b', 'a']).problem.positiveClass).toBe('b');
  expect(infer(['a', 'b', 'b', 'b', 'a']).problem.positiveClass).toBe('a');
});

test.each([
  [
    'text',
    ['red', 'blue', 'green', 'red', 'blue', 'green'],
    { task: 'multiclass', classes: ['blue', 'green', 'red'], metric: 'accuracy' },
    'the target is text with 3 values',
  ],
  [
    'few whole numbers',
    cellsOf(60, (i) => [10, 2, 1][i % 3]),
    { task: 'multiclass', classes: ['1', '2', '10'], metric: 'accuracy' },
    'the target has 3 whole numbers as values, few enough for classes',
  ],
  [
    'more whole numbers than make classes',
    cellsOf(60, (i) => i % 11),
    { task: 'regression', classes: [], metric: 'rmse' },
    'the target is numeric with 11 values',
  ],
  [
    'whole numbers in few rows each',
    cellsOf(12, (i) => i % 3),
    { task: 'regression', classes: [], metric: 'rmse' },
    'the target is numeric with 3 values',
  ],
  [
    'fractions',
    numbers,
    { task: 'regression', classes: [], positiveClass: null, direction: 'minimise' },
    'the target is numeric with 40 values',
  ],
  [
    'numbers among which is a text',
    [...cellsOf(10, (i) => i % 2), 'unknown', 'unknown'],
    { task: 'multiclass', classes: ['0', '1', 'unknown'] },
    'the target is text with 3 values',
  ],
])('a target of %s decides the task', (_, cells, problem, reason) => {
  const inferred = infer(cells);
  expect(inferred.problem).toMatchObject(problem);
  expect(inferred.decisions[0]).toEqual({ field: 'task', value: problem.task, reason });
});

test('what the job says is obeyed, and is no decision', () => {
  const { problem, decisions } = infer(yesNo, {
    task: 'binary',
    positiveClass: 'no',
    metric: 'log_loss',
  });
  expect(problem).toMatchObject({
    task: 'binary',
    positiveClass: 'no',
    metric: 'log_loss',
    direction: 'minimise',
  });
  expect(decisions).toEqual([]);
});

test('a job can ask for regression on few whole numbers, and for classes on many', () => {
  const grades = cellsOf(60, (i) => i % 3);
  expect(infer(grades, { task: 'regression' }).problem.classes).toEqual([]);
  const years = cellsOf(60, (i) => 2_000 + (i % 12));
  expect(infer(years, { task: 'multiclass' }).problem.classes).toHaveLength(12);
});

test.each(['mse', 'rmse', 'mae', 'log_loss'] as const)('%s is minimised', (metric) => {
  const cells = metric === 'log_loss' ? yesNo : numbers;
  expect(infer(cells, { metric }).problem.direction).toBe('minimise');
});

describe('a target is refused', () => {
  const refusal = (problem: object) => expect.objectContaining({ name: 'InputError', problem });
  const cases: readonly [string, readonly unknown[], Partial<JobInput>, object][] = [
    [
      'without values',
      ['', 'NA', '?'],
      {},
      {
        code: 'TargetMissing',
        field: 'target',
        value: 'y',
        expected: 'a column with values; in the training rows all of them are missing',
        remedy: 'Choose another target, or see columns.missing.',
      },
    ],
    [
      'that is constant',
      ['a', 'a', '', 'a'],
      {},
      {
        code: 'TargetConstant',
        field: 'target',
        value: 'y',
        expected: 'a column with two values at least; in the training rows it is constant',
        remedy: 'Choose another target, or another split.',
      },
    ],
    [
      'with three values for a binary task',
      ['a', 'b', 'c', 'a', 'b', 'c'],
      { task: 'binary' },
      {
        code: 'NotBinary',
        field: 'task',
        value: 'binary',
        expected: "a target with two values; 'y' has 3",
        remedy: "Set task to 'multiclass' or 'regression', or leave it out.",
      },
    ],
    [
      'with more than 1,000 classes',
      cellsOf(2_002, (i) => `c${i % 1_001}`),
      {},
      {
        code: 'TooManyClasses',
        field: 'target',
        value: 'y',
        expected: 'at most 1000 classes; there are 1001',
        remedy: 'Choose another target, or group its values.',
      },
    ],
    [
      'with a class of one row',
      ['a', 'a', 'b', 'b', 'lone'],
      {},
      {
        code: 'ClassWithOneRow',
        field: 'target',
        value: 'lone',
        expected: "two training rows at least for each class of 'y'",
        remedy: "Add rows of the class 'lone', or remove its one row.",
      },
    ],
    [
      'with text, for regression',
      [1, 2, 'many', 4, 'inf'],
      { task: 'regression' },
      {
        code: 'TargetNotNumeric',
        field: 'target',
        value: 'many',
        expected:
          "finite numbers in 'y'; 2 cells of the training rows are not (1 of them infinite: Infinity)",
        remedy: 'Mend these cells, name them in columns.missing, or choose another task.',
      },
    ],
    [
      'with an infinite value, for regression',
      [1, 2, 3, 4, 'inf'],
      { task: 'regression' },
      {
        code: 'TargetNotNumeric',
        field: 'target',
        value: 'Infinity',
        expected:
          "finite numbers in 'y'; 1 cells of the training rows are not (1 of them infinite: Infinity)",
        remedy: 'Mend these cells, name them in columns.missing, or choose another task.',
      },
    ],
    [
      'that lacks the positive class, naming the nearest',
      yesNo,
      { positiveClass: 'yess' },
      {
        code: 'ClassNotFound',
        field: 'positiveClass',
        value: 'yess',
        expected: 'one of the classes no, yes',
        remedy: "Did you mean 'yes'?",
      },
    ],
    [
      'that lacks the positive class, where none is near',
      yesNo,
      { positiveClass: 'subscribed' },
      {
        code: 'ClassNotFound',
        field: 'positiveClass',
        value: 'subscribed',
        expected: 'one of the classes no, yes',
        remedy: 'Choose one of these.',
      },
    ],
    [
      'for a positive class, when it is numeric',
      numbers,
      { positiveClass: '1' },
      {
        code: 'ConflictingOptions',
        field: 'positiveClass',
        value: '1',
        expected: 'no positive class, since the task is regression',
        remedy: 'Remove positiveClass.',
      },
    ],
    [
      'for a metric of another task',
      numbers,
      { metric: 'accuracy' },
      {
        code: 'UnsuitableMetric',
        field: 'metric',
        value: 'accuracy',
        expected: 'a metric for regression: mse, rmse, mae, r2',
        remedy: 'Change the metric, or set the task.',
      },
    ],
  ];
  test.each(cases)('%s', (_, cells, job, problem) => {
    expect(() => infer(cells, job)).toThrow(refusal(problem));
  });
});
