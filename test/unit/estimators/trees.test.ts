import { expect, test } from 'vitest';
import { estimators } from '../../../src/ml/estimators/index.ts';
import { mse } from '../../../src/ml/metrics/regression.ts';
import { predictRaw } from '../../../src/ml/training/predict-all.ts';
import type { EstimatorName, Hyperparameters } from '../../../src/schemas/hyperparameters.ts';
import { fit, valuesOf } from '../../support/fit.ts';
import type { MemoryRows } from '../../support/memory-rows.ts';
import { mixedRows } from '../../support/mixed-rows.ts';
import { plant } from '../../support/planted.ts';
import { problemOf } from '../../support/problems.ts';
import { trainCandidate } from '../../support/train-candidate.ts';

const TREES = ['gradientBoosting', 'randomForest'] as const;
/** A forest's trees are large, and few of them do. */
const TREE_COUNT = { gradientBoosting: 100, randomForest: 20 };

/** Trains on some rows, and predicts others. */
async function outputsFor(
  name: EstimatorName,
  { data, others, classes = 0 }: { data: MemoryRows; others: MemoryRows; classes?: number },
  hyperparameters: Hyperparameters = { trees: 100 },
): Promise<Float64Array> {
  const weights = await fit(name, data, { classes, hyperparameters });
  const task = classes === 0 ? 'regression' : 'binary';
  const { layout, width } = data;
  const shape = { task, layout, width, classes, classCounts: [] } as const;
  const predictor = await estimators[name].load(shape, {}, weights);
  return predictRaw(predictor, others);
}

test.each(TREES)('%s learns what a category of many levels means, by its code', async (name) => {
  // Neighbouring codes have nothing in common.
  const rows = (count: number, seed: number) =>
    mixedRows(count, seed, ({ many }, noise) => ((many * 37) % 11 > 5 ? 1 : -1) + 0.1 * noise());
  const [data, others] = [rows(3000, 1), rows(500, 2)];
  const outputs = await outputsFor(
    name,
    { data, others },
    { trees: TREE_COUNT[name], columnShare: 1 },
  );
  expect(mse(others.targets, outputs)).toBeLessThan(0.15);
});

test.each(TREES)('%s learns from a value that it is missing', async (name) => {
  const rows = (count: number, seed: number) =>
    mixedRows(count, seed, ({ gap }, noise) => (Number.isNaN(gap) ? 1 : 0) + 0.1 * noise());
  const [data, others] = [rows(1000, 1), rows(500, 2)];
  const outputs = await outputsFor(
    name,
    { data, others },
    { trees: TREE_COUNT[name], columnShare: 1 },
  );
  expect(mse(others.targets, outputs)).toBeLessThan(0.05);
});

test.each(TREES)('%s gives a rare class more weight where classes are balanced', async (name) => {
  const rows = (seed: number) =>
    plant({ ...{ rows: 600, width: 3, seed }, target: ([x = 0], noise) => +(x + noise() > 2) });
  const problem = { data: rows(1), others: rows(2), classes: 2 };
  const rare = async (classWeights: string) => {
    const outputs = await outputsFor(name, problem, { trees: 30, classWeights });
    return outputs.reduce((sum, value, index) => sum + (index % 2 === 1 ? value : 0), 0) / 600;
  };
  expect(await rare('balanced')).toBeGreaterThan(1.2 * (await rare('none')));
});

test.each(TREES)('%s gives the mean where no split is to be found', async (name) => {
  const constant = plant({ rows: 50, width: 2, seed: 1, target: () => 3 });
  const outputs = await outputsFor(name, { data: constant, others: constant });
  expect(new Set(outputs)).toEqual(new Set([3]));
});

test('a forest of many trees predicts better than one tree', async () => {
  const rows = (seed: number) =>
    plant({
      ...{ rows: 400, width: 4, seed },
      target: ([x = 0, z = 0], noise) => Math.sin(2 * x) + z + 0.5 * noise(),
    });
  const problem = { data: rows(1), others: rows(2) };
  const error = async (trees: number) =>
    mse(problem.others.targets, await outputsFor('randomForest', problem, { trees }));
  expect(await error(100)).toBeLessThan(0.8 * (await error(1)));
});

test('boosting stops when validation gets no better, and keeps the trees up to the best iteration', async () => {
  const rows = (seed: number) =>
    plant({ ...{ rows: 300, width: 5, seed }, target: ([x = 0], noise) => x + noise() });
  const hyperparameters = { trees: 400, patience: 20, learningRate: 0.2 };
  const { status, bestEpoch, epochs, weights, curve } = await trainCandidate({
    ...{ data: rows(1), validation: rows(2), problem: problemOf('regression', 'rmse') },
    candidate: { estimator: 'gradientBoosting', hyperparameters },
  });
  expect(status).toBe('stopped-early');
  expect(epochs).toBe(bestEpoch + 20);
  expect(valuesOf(weights, 'nodes')).toHaveLength(bestEpoch);
  const scores = curve.map(({ validationScore }) => validationScore as number);
  expect(Math.min(...scores)).toBe(scores[bestEpoch - 1]);
});
