import { expect, test } from 'vitest';
import { describeNearConstant, describeOutliers } from '../../../src/ml/data/odd-values.ts';
import { cellsOf, profileOf } from '../../support/column-profiles.ts';

const spread = cellsOf(300, (i) => (i * 37) % 101);

test('values far from the rest are told of', () => {
  const { loud, quiet } = describeOutliers(profileOf([...spread, 100_000]));
  expect(loud).toEqual([]);
  expect(quiet).toEqual([
    "column 'x': 1 values lie far from the rest, outside -475 to 575 (least 0, greatest 100000); they are kept: preprocess.normalise 'robust' bears them better",
  ]);
});

test('a code for "missing" is told of loudly', () => {
  const { loud } = describeOutliers(profileOf([...spread, -999, -999, -999]));
  expect(loud).toEqual([
    'column \'x\': -999 stands in 3 rows, FAR FROM ALL OTHERS: if it means "missing", name it in columns.missing',
  ]);
});

test('a long tail, and numbers that are near, are no outliers', () => {
  const tail = cellsOf(300, (i) => Math.exp(i / 20));
  expect(describeOutliers(profileOf(tail))).toEqual({ loud: [], quiet: [] });
  expect(describeOutliers(profileOf([...spread, 99, 99, 99]))).toEqual({ loud: [], quiet: [] });
});

test('a column that hardly varies is told of', () => {
  const cells = cellsOf(1_000, (i) => (i === 500 ? 'b' : 'a'));
  expect(describeNearConstant(profileOf(cells))).toEqual([
    "column 'x' is nearly constant: 'a' in 999 of 1000 values",
  ]);
  expect(describeNearConstant(profileOf(cells.map((_, i) => i % 90)))).toEqual([]);
});
