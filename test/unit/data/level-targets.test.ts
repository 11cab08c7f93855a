import { expect, test } from 'vitest';
import { FOLDS, foldOf, LevelTargets } from '../../../src/ml/data/level-targets.ts';
import { cellsOf } from '../../support/column-profiles.ts';

/** Level, fold and target of each row. */
const rows: readonly (readonly [string | null, number, number])[] = [
  ['a', 0, 1],
  ['a', 1, 3],
  ['b', 0, 10],
  [null, 2, 6],
];
const targets = new LevelTargets(0);
for (const row of rows) targets.add(...row);

test('a level has the mean of its rows, drawn to that of all', () => {
  const mean = (1 + 3 + 10 + 6) / 4;
  expect(targets.fit(0, 2)).toMatchObject({
    levels: ['a', 'b'],
    values: [(4 + 2 * mean) / 4, (10 + 2 * mean) / 3],
    missing: (6 + 2 * mean) / 3,
    otherwise: mean,
  });
  expect(targets.fit(0, 0).values).toEqual([2, 10]);
});

test('out of fold, no row of the fold has a part in it', () => {
  const { outOfFold } = targets.fit(0, 1);
  expect(outOfFold).toHaveLength(FOLDS);
  const mean = (3 + 6) / 2;
  expect(outOfFold[0]).toEqual({
    values: [(3 + mean) / 2, mean],
    missing: (6 + mean) / 2,
    otherwise: mean,
  });
});

test('of three classes each has its share', () => {
  const classes = new LevelTargets(3);
  for (const [level, target] of [
    ['x', 0],
    ['x', 2],
    ['x', 2],
    ['y', 1],
  ] as const) {
    classes.add(level, 0, target);
  }
  const shares = [0, 1, 2].map((of) => classes.fit(of, 0).values);
  expect(shares).toEqual([
    [expect.closeTo(1 / 3, 12), 0],
    [0, 1],
    [expect.closeTo(2 / 3, 12), 0],
  ]);
});

test('what is kept and restored goes on as if there had been no break', () => {
  const add = (to: LevelTargets, from: number, end: number) => {
    for (let i = from; i < end; i++) to.add(i % 7 === 0 ? null : `l${i % 97}`, i % FOLDS, i / 3);
  };
  const undisturbed = new LevelTargets(0);
  add(undisturbed, 0, 500);
  const first = new LevelTargets(0);
  add(first, 0, 211);
  const second = new LevelTargets(0);
  second.restore(Uint8Array.from(first.snapshot()));
  add(second, 211, 500);
  expect(second.fit(0, 10)).toEqual(undisturbed.fit(0, 10));
  expect(second.snapshot()).toEqual(undisturbed.snapshot());
});

test('folds go by seed and row, and are alike in size', () => {
  const folds = cellsOf(10_000, foldOf(3));
  expect(cellsOf(10_000, foldOf(3))).toEqual(folds);
  expect(cellsOf(10_000, foldOf(4))).not.toEqual(folds);
  for (let fold = 0; fold < FOLDS; fold++) {
    const share = folds.filter((each) => each === fold).length / folds.length;
    expect(Math.abs(share - 1 / FOLDS)).toBeLessThan(0.015);
  }
});
