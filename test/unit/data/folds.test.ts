import { describe, expect, test } from 'vitest';
import { chooseFolds, NO_FOLD } from '../../../src/ml/data/folds.ts';
import { chooseTestRows, chooseValidationRows, Part } from '../../../src/ml/data/split.ts';
import { type Job, Split } from '../../../src/schemas/job.ts';
import { cellsOf } from '../../support/column-profiles.ts';

type Cells = readonly (string | null)[];

function fold(
  given: object,
  cells: { target: Cells; column?: Cells },
  {
    validation = 'auto',
    isClassification = false,
    seed = 0,
  }: { validation?: Job['validation']; isClassification?: boolean; seed?: number } = {},
) {
  const split = Split.parse(given);
  const all = { rows: cells.target.length, target: cells.target, column: cells.column };
  const parts = chooseTestRows(split, all, seed);
  chooseValidationRows(parts, split, all, seed, isClassification);
  return { parts, ...chooseFolds({ split, validation, seed }, parts, all, isClassification) };
}

const rowsIn = (of: Uint8Array, wanted: number): number[] =>
  [...of].flatMap((each, row) => (each === wanted ? [row] : []));

const values = cellsOf(500, (i) => `${i}`);
/** One in ten is rare. */
const classes = cellsOf(500, (i) => (i % 10 === 3 ? 'rare' : 'common'));

describe('few rows', () => {
  test('are folded: the validation part is the first, and each row to fit is in one of the others', () => {
    const { count, of, parts, ordered } = fold({ kind: 'random' }, { target: values });
    expect([count, ordered]).toEqual([5, false]);
    expect(rowsIn(of, 0)).toEqual(rowsIn(parts, Part.validation));
    expect([1, 2, 3, 4].map((each) => rowsIn(of, each).length)).toEqual([80, 80, 80, 80]);
    expect(rowsIn(of, NO_FOLD)).toEqual(rowsIn(parts, Part.test));
  });

  test('are folded into as many as the validation part is of them', () => {
    const { count } = fold({ kind: 'random', validation: 0.1 }, { target: values });
    expect(count).toBe(10);
  });

  test('have the same share of each class in each fold', () => {
    const { of } = fold({ kind: 'random' }, { target: classes }, { isClassification: true });
    const rare = [1, 2, 3, 4].map(
      (each) => rowsIn(of, each).filter((row) => classes[row] === 'rare').length,
    );
    expect(Math.max(...rare) - Math.min(...rare)).toBeLessThanOrEqual(1);
  });

  test('are folded by the seed', () => {
    const of = (seed: number) => [...fold({ kind: 'random' }, { target: values }, { seed }).of];
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });
});

test('no group is in two folds', () => {
  const groups = cellsOf(500, (i) => `household ${(i * 37) % 60}`);
  const { of, count } = fold({ kind: 'group', column: 'g' }, { target: values, column: groups });
  expect(count).toBeGreaterThan(2);
  const foldsOfGroup = new Map<string | null, Set<number | undefined>>();
  groups.forEach((group, row) => {
    const seen = foldsOfGroup.get(group) ?? new Set();
    foldsOfGroup.set(group, seen.add(of[row]));
  });
  expect([...foldsOfGroup.values()].every(({ size }) => size === 1)).toBe(true);
});

test('by time, each fold comes after those that it is predicted from', () => {
  const days = cellsOf(500, (i) => `2024-01-01T00:${String((i * 7) % 60).padStart(2, '0')}:00Z`);
  const { of, count, ordered } = fold(
    { kind: 'time', column: 't' },
    { target: values, column: days },
  );
  expect([count, ordered]).toEqual([3, true]);
  const timesIn = (each: number) => rowsIn(of, each).map((row) => Date.parse(days[row] as string));
  for (const each of [0, 1, 2, 3]) {
    expect(Math.min(...timesIn(each))).toBeGreaterThanOrEqual(Math.max(...timesIn(each + 1)));
  }
});

describe('one part is enough', () => {
  test('where it has a thousand rows', () => {
    const many = cellsOf(6_250, (i) => `${i}`);
    expect(fold({ kind: 'random' }, { target: many }).count).toBe(1);
    expect(fold({ kind: 'random' }, { target: many }, { validation: 'folds' }).count).toBe(5);
  });

  test('where the job says so, or the data say which rows validate', () => {
    expect(fold({ kind: 'random' }, { target: values }, { validation: 'single' }).count).toBe(1);
    const column = cellsOf(500, (i) => (['train', 'valid', 'test', 'train'] as const)[i % 4] ?? '');
    const named = fold({ kind: 'column', column: 'p' }, { target: values, column });
    expect(named).toMatchObject({ count: 1, reason: 'the data say which rows validate' });
  });

  test('where there are too few groups for more', () => {
    const groups = cellsOf(500, (i) => ['a', 'b', 'c'][i % 3] ?? '');
    const { count } = fold({ kind: 'group', column: 'g' }, { target: values, column: groups });
    expect(count).toBeLessThanOrEqual(2);
  });
});
