import { expect, test } from 'vitest';
import { diagnose } from '../../../src/ml/optimise/diagnose.ts';
import { readSymptoms } from '../../../src/ml/optimise/symptoms.ts';
import type { EpochRecord, TrainingOutcome } from '../../../src/schemas/training.ts';
import { outcomeOf } from '../../support/outcomes.ts';
import { problemOf } from '../../support/problems.ts';

const rmse = problemOf('regression', 'rmse');
const candidate = { estimator: 'mlp', hyperparameters: {} } as const;

/** A curve of these losses; validation keeps 0.1 above them unless it says otherwise. */
const curveOf = (
  losses: readonly (number | null)[],
  validation: readonly number[] = losses.map((loss) => (loss ?? 0) + 0.1),
): EpochRecord[] =>
  losses.map((loss, index) => ({
    epoch: index + 1,
    loss,
    validationLoss: validation[index] ?? null,
    validationScore: null,
    learningRate: 0.01,
  }));

/** A loss that falls evenly to 0.1. */
const falling = Array.from({ length: 20 }, (_, epoch) => 1 - 0.9 * (epoch / 19));
const flat = falling.map(() => 1);

function diagnosisOf(result: Partial<TrainingOutcome>, curve: EpochRecord[]) {
  const outcome = outcomeOf(candidate, {
    epochs: curve.length,
    bestEpoch: 10,
    validationScore: 1,
    fitScore: 0.9,
    ...result,
  });
  return diagnose(readSymptoms(rmse, outcome, curve, null)).diagnosis;
}

test('a training that diverged is diverging, whatever its curve', () => {
  expect(diagnosisOf({ status: 'diverged' }, curveOf([null]))).toBe('diverging');
  expect(diagnosisOf({ status: 'diverged' }, curveOf([...falling, null]))).toBe('diverging');
});

test('a loss that ends far above its least is diverging, though it stayed finite', () => {
  expect(diagnosisOf({}, curveOf([1, 0.5, 0.4, 3]))).toBe('diverging');
  expect(diagnosisOf({}, curveOf([0.01, 0.001, 0.02, 0.01]))).not.toBe('diverging');
});

test('a loss that rises often and much is noisy; one that rises often and little is not', () => {
  const zigzag = (size: number) => falling.map((_, i) => 1 + (i % 2 === 0 ? size : 0));
  expect(diagnosisOf({}, curveOf(zigzag(0.2)))).toBe('noisy');
  expect(diagnosisOf({}, curveOf(zigzag(0.02), flat))).toBe('well-fitted');
});

test('a validation loss that climbs from its least is over-fitting', () => {
  const climbing = falling.map((_, i) => 1 + Math.abs(i - 8) / 50);
  expect(diagnosisOf({}, curveOf(falling, climbing))).toBe('over-fitting');
});

test('fit rows that score much better than validation rows are over-fitting', () => {
  expect(diagnosisOf({ fitScore: 0.8 }, curveOf(falling))).toBe('over-fitting');
});

test('a best epoch among the last that were allowed is unfinished', () => {
  expect(diagnosisOf({ bestEpoch: 19 }, curveOf(falling))).toBe('unfinished');
  expect(diagnosisOf({ bestEpoch: 19, status: 'stopped-early' }, curveOf(falling))).not.toBe(
    'unfinished',
  );
});

test('a solver that converged is never unfinished', () => {
  const solved = curveOf(falling).map((record) => ({ ...record, learningRate: null }));
  expect(diagnosisOf({ bestEpoch: 20 }, solved)).toBe('well-fitted');
  expect(diagnosisOf({ bestEpoch: 20, fitScore: 1 }, solved)).toBe('under-fitting');
});

test('fit rows that score hardly better than validation rows are under-fitting', () => {
  expect(diagnosisOf({ fitScore: 0.97 }, curveOf(falling))).toBe('under-fitting');
  expect(diagnosisOf({ fitScore: 1.2 }, curveOf(falling))).toBe('under-fitting');
});

test('a small gap between fit and validation rows is a good fit', () => {
  expect(diagnosisOf({ fitScore: 0.9 }, curveOf(falling))).toBe('well-fitted');
});

test('figures are relative, and positive in the direction of better', () => {
  const accuracy = problemOf('multiclass', 'accuracy');
  const outcome = outcomeOf(candidate, { validationScore: 0.8, fitScore: 0.9 });
  const symptoms = readSymptoms(accuracy, outcome, curveOf(falling), 0.5);
  expect(symptoms.gap).toBeCloseTo(0.125, 12);
  expect(symptoms.gain).toBeCloseTo(0.6, 12);
  const error = outcomeOf(candidate, { validationScore: 2, fitScore: 1 });
  expect(readSymptoms(rmse, error, curveOf(falling), 4)).toMatchObject({ gap: 0.5, gain: 0.5 });
  expect(readSymptoms(rmse, error, curveOf(falling), null).gain).toBeNull();
});

test('the evidence names the figures', () => {
  const outcome = outcomeOf(candidate, { validationScore: 1, fitScore: 0.8, bestEpoch: 5 });
  const { evidence } = diagnose(readSymptoms(rmse, outcome, curveOf(falling), null));
  expect(evidence).toContain('fit rows score 20.0 % better than validation rows');
});
