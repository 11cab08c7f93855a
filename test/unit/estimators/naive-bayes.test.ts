import { expect, test } from 'vitest';
import { estimators } from '../../../src/ml/estimators/index.ts';
import { expectClose } from '../../support/close.ts';
import { fit } from '../../support/fit.ts';
import { MemoryRows } from '../../support/memory-rows.ts';

/** One number and one category of two levels. */
const layout = { numeric: 1, categories: [2], imputed: [0] };
const shape = { task: 'binary', layout, width: 3, classes: 2, classCounts: [] } as const;
const NONE = Number.NaN;

async function probabilities(rows: readonly number[], asked: readonly number[], classes: number[]) {
  const data = new MemoryRows(2, Float32Array.from(rows), Float64Array.from(classes), layout);
  const hyperparameters = { smoothing: 1, varianceSmoothing: 0, prior: 'uniform' };
  const weights = await fit('naiveBayes', data, { classes: 2, hyperparameters });
  const predictor = await estimators.naiveBayes.load(shape, {}, weights);
  return [...predictor.predict(Float32Array.from(asked), asked.length / 2)];
}

test('numbers are normal in each class: two of one variance part by a logistic function', async () => {
  // Means −1 and 1, variance 1: log-odds are 2x.
  const rows = [-2, NONE, 0, NONE, 0, NONE, 2, NONE];
  const expected = [0.5, -0.25].flatMap((x) => {
    const p = 1 / (1 + Math.exp(-2 * x));
    return [1 - p, p];
  });
  expectClose(await probabilities(rows, [0.5, NONE, -0.25, NONE], [0, 0, 1, 1]), expected, 1e-12);
});

test('categories count, with one added to each', async () => {
  // Level 0 stands twice in class 0 and never in class 1: (2 + 1)/4 against (0 + 1)/4.
  const rows = [NONE, 0, NONE, 0, NONE, 1, NONE, 1];
  expectClose(await probabilities(rows, [NONE, 0], [0, 0, 1, 1]), [0.75, 0.25], 1e-12);
});

test('what is missing says nothing', async () => {
  const rows = [-1, 0, 1, 0, 4, 1, 6, 1];
  const outputs = await probabilities(rows, [NONE, NONE], [0, 0, 1, 1]);
  expectClose(outputs, [0.5, 0.5], 1e-12);
});

test('far from all classes a probability is still a number', async () => {
  const rows = [-1, 0, 1, 0, 4, 1, 6, 1];
  const outputs = await probabilities(rows, [1e6, 0], [0, 0, 1, 1]);
  expect(outputs.every(Number.isFinite)).toBe(true);
});

/** A number that says nothing, then two terms. */
const texts = { numeric: 3, categories: [], imputed: [0, 0, 0], terms: 2 };

async function ofTexts(
  rows: readonly (readonly [first: number, second: number, of: number])[],
  asked: readonly [first: number, second: number],
  hyperparameters: object,
) {
  const classes = 1 + Math.max(...rows.map(([, , of]) => of));
  const data = new MemoryRows(
    3,
    Float32Array.from(rows.flatMap(([first, second]) => [NONE, first, second])),
    Float64Array.from(rows, ([, , of]) => of),
    texts,
  );
  const given = { prior: 'uniform', ...hyperparameters };
  const weights = await fit('naiveBayes', data, { classes, hyperparameters: given });
  const task = classes === 2 ? 'binary' : 'multiclass';
  const shape = { task, layout: texts, width: 3, classes, classCounts: [] } as const;
  const predictor = await estimators.naiveBayes.load(shape, {}, weights);
  return [...predictor.predict(Float32Array.of(NONE, ...asked), 1)];
}

test('terms are shares of all that the texts of a class hold, with one added to each', async () => {
  // (3 + 1)/(4 + 2) and (0 + 1)/(2 + 2) are the shares of the first term.
  const rows = [
    [1, 0, 0],
    [2, 1, 0],
    [0, 2, 1],
  ] as const;
  const first = (4 / 6) ** 1.5;
  const second = (1 / 4) ** 1.5;
  const expected = [first / (first + second), second / (first + second)];
  expectClose(await ofTexts(rows, [1.5, 0], {}), expected, 1e-12);
  // A text without a known term says nothing.
  expectClose(await ofTexts(rows, [0, 0], {}), [0.5, 0.5], 1e-12);
});

test('a class is the complement of what the texts of all others hold', async () => {
  const rows = [
    [4, 0, 0],
    [0, 2, 1],
    [1, 1, 2],
  ] as const;
  // Shares of the first term in the others: (1 + 1)/(4 + 2), (5 + 1)/(6 + 2), (4 + 1)/(6 + 2).
  const inverse = [6 / 2, 8 / 6, 8 / 5];
  const total = inverse.reduce((sum, each) => sum + each, 0);
  const expected = inverse.map((each) => each / total);
  expectClose(await ofTexts(rows, [1, 0], { texts: 'complement' }), expected, 1e-12);
});

test('of two classes, a class and the complement of the other say the same', async () => {
  const rows = [
    [1, 0.5, 0],
    [0, 2, 1],
    [3, 1, 1],
  ] as const;
  expectClose(
    await ofTexts(rows, [0.7, 1.1], { texts: 'complement' }),
    await ofTexts(rows, [0.7, 1.1], { texts: 'multinomial' }),
    1e-12,
  );
});

test('terms may be numbers as any others, as they were before', async () => {
  const rows = [
    [0, 1, 0],
    [1, 0, 0],
    [2, 3, 1],
    [3, 2, 1],
  ] as const;
  const outputs = await ofTexts(rows, [2.4, 2.4], { texts: 'normal' });
  expect(outputs[1]).toBeGreaterThan(0.99);
});
