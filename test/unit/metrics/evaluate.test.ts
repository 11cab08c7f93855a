import { expect, test } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { evaluatePredictions } from '../../../src/ml/metrics/evaluate.ts';
import { trivialOutputs } from '../../../src/ml/metrics/trivial.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { Evaluation } from '../../../src/schemas/evaluation.ts';
import { problemOf } from '../../support/problems.ts';

const binary = problemOf('binary', 'roc_auc');
const random = new RandomStream(2, 'test-evaluate');
const truth = Float64Array.from({ length: 100 }, () => random.below(2));
/** The true class is likelier in about eight rows of ten. */
const outputs = Float64Array.from(
  [...truth].flatMap((label) => {
    const yes = 0.3 * random.uniform() + (random.uniform() < 0.8 === (label === 1) ? 0.6 : 0.1);
    return [1 - yes, yes];
  }),
);
const trivial = { name: 'trivial', outputs: trivialOutputs(binary, truth, 100) };
const given = { problem: binary, part: 'test', truth, outputs, seed: 1 } as const;

test('an evaluation holds every metric of the task, an interval of each, and the baselines', () => {
  const evaluation = Evaluation.parse(evaluatePredictions({ ...given, baselines: [trivial] }));
  expect(evaluation).toMatchObject({ part: 'test', rows: 100, metric: 'roc_auc', warnings: [] });
  expect(evaluation.score).toBe(evaluation.metrics.roc_auc);
  expect(evaluation.interval).toEqual(evaluation.intervals.roc_auc);
  const names = ['accuracy', 'balanced_accuracy', 'f1', 'f1_macro', 'f1_weighted', 'log_loss'];
  names.push('pr_auc', 'precision', 'recall', 'roc_auc');
  expect(Object.keys(evaluation.metrics).sort()).toEqual(names);
  expect(Object.keys(evaluation.intervals).sort()).toEqual(names);
  for (const [name, { low, high }] of Object.entries(evaluation.intervals)) {
    const value = evaluation.metrics[name as 'f1'] as number;
    expect(low, name).toBeLessThan(value);
    expect(high, name).toBeGreaterThan(value);
  }
  expect(evaluation.baselines).toEqual([{ name: 'trivial', score: 0.5 }]);
  expect(evaluation.score).toBeGreaterThan(0.7);
});

test('the confusion matrix and the scores of each class agree with each other', () => {
  const { confusion, perClass, metrics } = evaluatePredictions({ ...given, baselines: [] });
  const [[rightNo = 0, wrongYes = 0] = [], [wrongNo = 0, rightYes = 0] = []] = confusion;
  expect(rightNo + wrongYes + wrongNo + rightYes).toBe(100);
  expect(metrics.accuracy).toBeCloseTo((rightNo + rightYes) / 100, 12);
  expect(perClass).toHaveLength(2);
  expect(perClass[1]).toMatchObject({ class: 'yes', support: wrongNo + rightYes });
  expect(perClass[1]?.precision).toBeCloseTo(rightYes / (rightYes + wrongYes), 12);
  expect(perClass[1]?.recall).toBe(metrics.recall);
});

test('few rows, and classes without any, are warned of', () => {
  const problem = problemOf('multiclass', 'accuracy');
  const few = Float64Array.of(0, 1, 0);
  const evaluation = evaluatePredictions({
    ...given,
    problem,
    truth: few,
    outputs: trivialOutputs(problem, few, 3),
    baselines: [],
  });
  expect(evaluation.warnings).toEqual([
    'only 3 rows to score on: the interval is wide, and rough',
    "no row of the class 'blue' to score on",
  ]);
});

test('a metric that these rows leave undefined is the fault of the job, and says so', () => {
  const alike = { ...given, truth: new Float64Array(100), baselines: [] };
  expect(() => evaluatePredictions(alike)).toThrow(InputError);
  expect(() => evaluatePredictions(alike)).toThrow(/^metric: got 'roc_auc'; expected .*100 test/);
  const accuracy = { ...alike, problem: { ...binary, metric: 'accuracy' as const } };
  expect(evaluatePredictions(accuracy).metrics.roc_auc).toBeUndefined();
});

test('the trivial model says the mean, or the shares of the classes', () => {
  const means = trivialOutputs(problemOf('regression', 'rmse'), Float64Array.of(1, 2, 6), 2);
  expect([...means].map((value) => value.toFixed(12))).toEqual([
    '3.000000000000',
    '3.000000000000',
  ]);
  const shares = trivialOutputs(binary, Float64Array.of(0, 1, 1, 1), 2);
  expect([...shares]).toEqual([0.25, 0.75, 0.25, 0.75]);
});

test('regression has no classes to tell of', () => {
  const problem = problemOf('regression', 'rmse');
  const values = Float64Array.from({ length: 50 }, (_, row) => row);
  const evaluation = evaluatePredictions({
    ...given,
    problem,
    truth: values,
    outputs: values.map((value) => value + 1),
    baselines: [],
  });
  expect(evaluation).toMatchObject({ score: 1, perClass: [], confusion: [], warnings: [] });
  expect(Object.keys(evaluation.metrics).sort()).toEqual(['mae', 'mse', 'r2', 'rmse']);
});
