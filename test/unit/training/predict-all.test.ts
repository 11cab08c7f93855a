import { expect, test } from 'vitest';
import { estimators } from '../../../src/ml/estimators/index.ts';
import { PartScorer } from '../../../src/ml/training/part-scorer.ts';
import { predictAll } from '../../../src/ml/training/predict-all.ts';
import type { TargetScale } from '../../../src/schemas/prepared-data.ts';
import { expectClose } from '../../support/close.ts';
import { MemoryRows } from '../../support/memory-rows.ts';
import { problemOf } from '../../support/problems.ts';

/** y = 2x + 1 on the scaled target. */
const line = await estimators.linear.load(
  {
    task: 'regression',
    layout: { numeric: 1, categories: [], imputed: [0] },
    width: 1,
    classes: 0,
    classCounts: [],
  },
  {},
  [
    { name: 'coefficients', shape: [1], values: Float64Array.of(2) },
    { name: 'intercept', shape: [1], values: Float64Array.of(1) },
  ],
);

const rowsOf = (xs: readonly number[], targets: readonly number[]): MemoryRows =>
  new MemoryRows(1, Float32Array.from(xs), Float64Array.from(targets));

test('predictions of more rows than a batch come in order, in original units', async () => {
  const xs = Array.from({ length: 2500 }, (_, row) => row / 8);
  const targetScale: TargetScale = { log: false, shift: 10, scale: 4 };
  const outputs = await predictAll(line, rowsOf(xs, xs), targetScale, 'regression');
  expectClose(
    outputs,
    xs.map((x) => (2 * x + 1) * 4 + 10),
    1e-9,
  );
});

test('a logarithmic target is scored in original units, and its loss on the scale of training', async () => {
  const targetScale: TargetScale = { log: true, shift: 1, scale: 2 };
  const scaled = [0.5, 2, 3.5];
  const truth = Float64Array.from(scaled, (value) => Math.expm1(value * 2 + 1));
  const data = rowsOf([0, 0.5, 1], scaled);
  const scorer = new PartScorer(data, truth, problemOf('regression', 'mae'), targetScale);
  const predicted = [1, 2, 3].map((value) => Math.expm1(value * 2 + 1));
  const mae = predicted.reduce((sum, value, i) => sum + Math.abs(value - (truth[i] ?? 0)), 0) / 3;
  const found = await scorer.score(line);
  expect(found.score).toBeCloseTo(mae, 9);
  expect(found.loss).toBeCloseTo((0.25 + 0 + 0.25) / 3, 9);
  expect(await scorer.score(line)).toEqual(found);
});
