import { expect, test } from 'vitest';
import { chooseEnsemble } from '../../../src/ml/ensemble/choose-ensemble.ts';
import type { Library } from '../../../src/ml/ensemble/library.ts';
import { averageOf, selectMembers } from '../../../src/ml/ensemble/select-members.ts';
import { mse } from '../../../src/ml/metrics/regression.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { problemOf } from '../../support/problems.ts';

const ROWS = 300;
const LIMITS = { most: 8, seconds: Number.POSITIVE_INFINITY };
const random = new RandomStream(1, 'test-ensemble');
const noise = () => Float64Array.from({ length: ROWS }, () => random.normal());
const truth = noise();
const noises = [noise(), noise(), noise()];

/** A model that errs by so much of one noise, and so much of its own. */
const model = (size: number, own: Float64Array): Float64Array =>
  truth.map((value, row) => value + size * (own[row] as number));

const libraryOf = (...outputs: Float64Array[]): Library => ({
  problem: problemOf('regression', 'rmse'),
  targetScale: { log: false, shift: 0, scale: 1 },
  truth,
  outputs,
  costs: outputs.map(() => 1),
});

const rmse = (outputs: Float64Array): number => Math.sqrt(mse(truth, outputs));
const [first, second, third] = noises as [Float64Array, Float64Array, Float64Array];

test('models that err in different places are averaged, and their mean is better than each', () => {
  const library = libraryOf(model(1, first), model(1, second), model(1.1, third));
  const counts = selectMembers(library, LIMITS);
  expect(counts.every((count) => count > 0)).toBe(true);
  const alone = Math.min(...library.outputs.map((outputs) => rmse(outputs)));
  expect(rmse(averageOf(library, counts))).toBeLessThan(0.75 * alone);
});

test('a better model counts for more', () => {
  const [better, worse] = selectMembers(libraryOf(model(0.5, first), model(1, second)), LIMITS) as [
    number,
    number,
  ];
  expect(better).toBeGreaterThan(worse);
  expect(worse).toBeGreaterThan(0);
});

test('there are no more members than are allowed', () => {
  const library = libraryOf(model(1, first), model(1, second), model(1.1, third));
  const members = (most: number) =>
    selectMembers(library, { ...LIMITS, most }).filter((count) => count > 0);
  expect(members(2)).toHaveLength(2);
  expect(members(1)).toHaveLength(1);
});

test('models that say the same are no ensemble', () => {
  const same = model(1, first);
  const counts = selectMembers(libraryOf(same, same), LIMITS);
  expect(counts.filter((count) => count > 0)).toHaveLength(1);
});

test('an ensemble is kept where it is better on rows that it was not chosen by', () => {
  const choice = chooseEnsemble(libraryOf(model(1, first), model(1, second)), LIMITS, 0);
  expect(choice.isBetter).toBe(true);
  expect(choice.ensemble.score).toBeLessThan(0.8 * (choice.single.score as number));
});

test('many models without skill do not pass for an ensemble', () => {
  const random = new RandomStream(2, 'test-no-skill');
  const useless = Array.from({ length: 20 }, () =>
    Float64Array.from({ length: ROWS }, () => 3 * random.normal()),
  );
  const choice = chooseEnsemble(libraryOf(model(0.2, first), ...useless), LIMITS, 0);
  expect(choice.isBetter).toBe(false);
});

test('the choice depends on the seed alone', () => {
  const library = libraryOf(model(1, first), model(1, second), model(1, third));
  expect(chooseEnsemble(library, LIMITS, 3)).toEqual(chooseEnsemble(library, LIMITS, 3));
});

test('accuracy that is equal is decided by the loss', () => {
  const classes = Float64Array.from({ length: 40 }, (_, row) => row % 2);
  const sure = (p: number) =>
    Float64Array.from({ length: 80 }, (_, i) => (classes[i >> 1] === i % 2 ? p : 1 - p));
  const library: Library = {
    problem: problemOf('binary', 'accuracy'),
    targetScale: { log: false, shift: 0, scale: 1 },
    truth: classes,
    outputs: [sure(0.6), sure(0.9)],
    costs: [1, 1],
  };
  expect(selectMembers(library, LIMITS)).toEqual([0, 1]);
});

test('an ensemble takes no longer to train again than it may', () => {
  const library = libraryOf(model(1, first), model(1, second), model(1.1, third));
  const dear = { ...library, costs: [10, 10, 1] };
  const within = (seconds: number) => selectMembers(dear, { ...LIMITS, seconds });
  const costOf = (counts: readonly number[]) =>
    counts.reduce((sum, count, i) => sum + (count > 0 ? (dear.costs[i] as number) : 0), 0);
  expect(costOf(within(100))).toBe(21);
  expect(costOf(within(12))).toBe(11);
  expect(within(1).filter((count) => count > 0)).toHaveLength(1);
});

test('an ensemble that decides no better than the best model is not kept for being surer', () => {
  const classes = Float64Array.from({ length: 100 }, (_, row) => row % 2);
  const random = new RandomStream(5, 'test-sure');
  // All are always right, with probabilities that differ.
  const right = () =>
    Float64Array.from(classes, () => 0.6 + 0.3 * random.uniform()).reduce<number[]>(
      (all, p, row) => [...all, ...(classes[row] === 0 ? [p, 1 - p] : [1 - p, p])],
      [],
    );
  const library: Library = {
    problem: problemOf('binary', 'accuracy'),
    targetScale: { log: false, shift: 0, scale: 1 },
    truth: classes,
    outputs: [Float64Array.from(right()), Float64Array.from(right())],
    costs: [1, 1],
  };
  expect(chooseEnsemble(library, LIMITS, 0).isBetter).toBe(false);
});
