import { expect, test } from 'vitest';
import { type Tree, valueOf } from '../../../src/ml/lightgbm/tree.ts';
import { TreeGrower, type TreeParameters } from '../../../src/ml/lightgbm/tree-grower.ts';
import type { MemoryRows } from '../../support/memory-rows.ts';
import { mixedRows } from '../../support/mixed-rows.ts';

const data = mixedRows(
  2000,
  1,
  ({ number, gap, few, many }, noise) =>
    Math.sin(number) +
    (Number.isNaN(gap) ? 1 : 0.5 * gap) +
    (few === 1 ? 1 : 0) +
    ((many * 37) % 11) / 5 +
    0.1 * noise(),
);
const parameters: TreeParameters = { num_leaves: 31, min_data_per_group: 10, max_cat_to_onehot: 2 };

/** Boosts squared error for some iterations; gives the trees and LightGBM's own sums of them. */
async function boost(rows: MemoryRows, iterations: number, mostSampledValues?: number) {
  const grower = await TreeGrower.open({
    ...{ data: rows, outputs: 1, parameters },
    ...(mostSampledValues !== undefined && { mostSampledValues }),
  });
  const sums = new Float64Array(rows.rows);
  const trees: Tree[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const gradients = Float32Array.from(sums, (sum, row) => sum - (rows.targets[row] as number));
    trees.push(...grower.grow(gradients, new Float32Array(rows.rows).fill(1), iteration));
    grower.readSums(sums);
  }
  grower.dispose();
  return { trees, sums };
}

const walk = (trees: readonly Tree[], rows: MemoryRows): Float64Array =>
  Float64Array.from({ length: rows.rows }, (_, row) =>
    trees.reduce((sum, tree) => sum + valueOf(tree, rows.features, row * rows.width), 0),
  );

const meanSquare = (sums: Float64Array, { targets }: MemoryRows): number =>
  sums.reduce((total, sum, row) => total + (sum - (targets[row] as number)) ** 2, 0) / sums.length;

test('our walk through the trees gives LightGBM’s own sums, bit for bit, over gaps and categories', async () => {
  const { trees, sums } = await boost(data, 40);
  expect(trees).toHaveLength(40);
  const kinds = new Set(trees.flatMap(({ kind }) => [...kind]));
  expect(kinds, 'missing to the right, to the left, and sets of categories').toEqual(
    new Set([0, 1, 2]),
  );
  expect(
    Math.max(...trees.flatMap(({ sets }) => [sets[0] ?? 0])),
    'words of a set',
  ).toBeGreaterThan(1);
  expect(walk(trees, data)).toEqual(sums);
});

test('with bins chosen by a part of the rows, all rows are trained on', async () => {
  const { trees, sums } = await boost(data, 40, 1600);
  expect(walk(trees, data)).toEqual(sums);
  // The targets' variance is above 1.
  expect(meanSquare(sums, data)).toBeLessThan(0.1);
});

test('a missing number goes where its imputed value goes, where none was missing in training', async () => {
  const whole = mixedRows(500, 2, ({ number }) => number);
  const { trees } = await boost(whole, 5);
  const [gap, imputed] = [Float32Array.of(Number.NaN, 0, 0, 0), Float32Array.of(0, 0, 0, 0)];
  for (const tree of trees) expect(valueOf(tree, gap, 0)).toBe(valueOf(tree, imputed, 0));
});

test('a category that was never seen, or has no code, goes to the right of every set', async () => {
  const { trees } = await boost(data, 40);
  const at = (code: number) => Float32Array.of(0, 0, 0, code);
  for (const tree of trees)
    expect(valueOf(tree, at(500), 0)).toBe(valueOf(tree, at(Number.NaN), 0));
});

test('a split of what is missing from all else is kept as it is', async () => {
  const gaps = mixedRows(500, 3, ({ gap }) => (Number.isNaN(gap) ? 1 : -1));
  const { trees, sums } = await boost(gaps, 10);
  expect(walk(trees, gaps)).toEqual(sums);
  expect(meanSquare(sums, gaps)).toBeLessThan(0.5);
});
