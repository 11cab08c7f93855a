import { describe, expect, test } from 'vitest';
import { chooseTestRows, chooseValidationRows, Part } from '../../../src/ml/data/split.ts';
import type { SplitCells } from '../../../src/ml/data/split-rows.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { Split } from '../../../src/schemas/job.ts';
import { cellsOf } from '../../support/column-profiles.ts';

type Cells = readonly (string | null)[];

/** The part of each row, after both choices. */
function split(
  given: object,
  { target, column }: { target: Cells; column?: Cells },
  { seed = 0, isClassification = false } = {},
): number[] {
  const cells: SplitCells = { rows: target.length, target, column };
  const kind = Split.parse(given);
  const parts = chooseTestRows(kind, cells, seed);
  chooseValidationRows(parts, kind, cells, seed, isClassification);
  return [...parts];
}

const rowsIn = (parts: readonly number[], part: number): number[] =>
  parts.flatMap((each, row) => (each === part ? [row] : []));
const sizes = (parts: readonly number[]) =>
  [Part.fit, Part.validation, Part.test].map((part) => rowsIn(parts, part).length);

const anything = cellsOf(1_000, (i) => `${i}`);
/** One in ten is rare. */
const classes = cellsOf(1_000, (i) => (i % 10 === 3 ? 'rare' : 'common'));
const groups = cellsOf(1_000, (i) => `household ${(i * 37) % 90}`);

describe('every kind that draws', () => {
  const kinds = [
    [{ kind: 'random' }, undefined],
    [{ kind: 'stratified' }, undefined],
    [{ kind: 'group', column: 'g' }, groups],
  ] as const;

  test.each(kinds)('%j repeats by seed, and differs by seed', (kind, column) => {
    const draw = (seed: number) =>
      split(kind, { target: classes, ...(column && { column }) }, { seed, isClassification: true });
    expect(draw(7)).toEqual(draw(7));
    expect(rowsIn(draw(7), Part.test)).not.toEqual(rowsIn(draw(8), Part.test));
    expect(rowsIn(draw(7), Part.validation)).not.toEqual(rowsIn(draw(8), Part.validation));
  });
});

describe('a random split', () => {
  test('has the shares it is asked for: of all rows to test, of the others to validate', () => {
    expect(sizes(split({ kind: 'random' }, { target: anything }))).toEqual([640, 160, 200]);
    const asked = { kind: 'random', test: 0.35, validation: 0.5 };
    expect(sizes(split(asked, { target: anything }))).toEqual([325, 325, 350]);
  });

  test('chooses test rows by position and seed alone', () => {
    const one = split({ kind: 'random' }, { target: anything }, { seed: 3 });
    const other = split({ kind: 'random' }, { target: classes.map(() => null) }, { seed: 3 });
    expect(rowsIn(one, Part.test)).toEqual(rowsIn(other, Part.test));
  });

  test('validates on equal shares of the classes of the training rows', () => {
    const parts = split({ kind: 'random' }, { target: classes }, { isClassification: true });
    const rare = rowsIn(parts, Part.validation).filter((row) => classes[row] === 'rare').length;
    const trained = classes.filter((name, row) => name === 'rare' && parts[row] !== Part.test);
    expect(rare).toBe(Math.round(0.2 * trained.length));
  });
});

describe('a stratified split', () => {
  test('has the same share of every class in every part', () => {
    const parts = split({ kind: 'stratified' }, { target: classes }, { isClassification: true });
    expect(sizes(parts)).toEqual([640, 160, 200]);
    const rare = [Part.fit, Part.validation, Part.test].map(
      (part) => rowsIn(parts, part).filter((row) => classes[row] === 'rare').length,
    );
    expect(rare).toEqual([64, 16, 20]);
  });

  test('leaves one row of each class to train on', () => {
    const target = ['a', 'b', 'c', ...cellsOf(20, () => 'd')];
    const parts = split({ kind: 'stratified', test: 0.9 }, { target }, { isClassification: true });
    for (const row of [0, 1, 2]) expect(parts[row]).toBe(Part.fit);
    expect(rowsIn(parts, Part.test)).toHaveLength(18);
  });
});

describe('a split by time', () => {
  const days = cellsOf(
    100,
    (i) => `2026-${i % 2 === 0 ? '01' : '02'}-${`${(i % 28) + 1}`.padStart(2, '0')}`,
  );
  const kind = { kind: 'time', column: 'day', test: 0.2, validation: 0.25 };

  test('trains on the earliest rows, validates on those after them, tests on the latest', () => {
    const order = new RandomStream(1, 'shuffled-days').permutation(1_000);
    const column = cellsOf(1_000, (i) =>
      new Date(Date.UTC(2020, 0, 1) + (order[i] as number) * 86_400_000).toISOString().slice(0, 10),
    );
    const parts = split(kind, { target: anything, column });
    expect(sizes(parts)).toEqual([600, 200, 200]);
    const range = (part: number) => {
      const times = rowsIn(parts, part).map((row) => order[row] as number);
      return [Math.min(...times), Math.max(...times)];
    };
    expect([Part.fit, Part.validation, Part.test].map(range)).toEqual([
      [0, 599],
      [600, 799],
      [800, 999],
    ]);
  });

  test('needs no seed, and takes equal times in the order of the file', () => {
    const given = { target: anything.slice(0, 100), column: days };
    expect(split(kind, given, { seed: 1 })).toEqual(split(kind, given, { seed: 2 }));
    const same = { target: anything.slice(0, 10), column: cellsOf(10, () => '2026-01-31') };
    expect(split(kind, same)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 2, 2]);
  });

  test('reads numbers, zones and fractions of a second as times', () => {
    const byNumber = { target: cellsOf(4, String), column: ['9', '10', '-1', '2.5'] };
    expect(rowsIn(split({ ...kind, test: 0.25 }, byNumber), Part.test)).toEqual([1]);
    const byZone = {
      target: cellsOf(4, String),
      column: [
        '2026-01-31T12:00:00.750Z',
        '2026-01-31T13:00:00+02:00',
        '2026-01-31T12:00:00.250Z',
        '2026-01-31T11:59:59Z',
      ],
    };
    expect(rowsIn(split({ ...kind, test: 0.25 }, byZone), Part.test)).toEqual([0]);
  });

  test.each([null, 'soon', '2026-02-31'])('refuses %j as a time, with its row', (cell) => {
    const column = ['2026-01-01', '2026-01-02', cell];
    expect(() => split(kind, { target: cellsOf(3, String), column })).toThrow(
      expect.objectContaining({
        problem: {
          code: 'NotATime',
          field: 'split.column',
          value: cell,
          expected: "dates or numbers in 'day'; row 3 has none",
          remedy: 'Split by another column, or mend this row.',
        },
      }),
    );
  });
});

describe('a split by group', () => {
  const kind = { kind: 'group', column: 'household' };

  test.each([0, 1, 2, 3])('keeps groups together, by seed %d', (seed) => {
    const parts = split(kind, { target: anything, column: groups }, { seed });
    const partsOfGroup = new Map<string, Set<number>>();
    groups.forEach((group, row) => {
      const seen = partsOfGroup.get(group) ?? new Set<number>();
      partsOfGroup.set(group, seen.add(parts[row] as number));
    });
    expect([...partsOfGroup.values()].every(({ size }) => size === 1)).toBe(true);
  });

  test('reaches its shares, and exceeds them by less than a group', () => {
    const [fit, validation, test] = sizes(split(kind, { target: anything, column: groups })) as [
      number,
      number,
      number,
    ];
    const group = 12;
    expect(test).toBeGreaterThanOrEqual(200);
    expect(test).toBeLessThan(200 + group);
    expect(validation).toBeGreaterThanOrEqual(0.2 * (fit + validation));
    expect(validation).toBeLessThan(0.2 * (fit + validation) + group);
  });

  test('leaves one group at least to train on', () => {
    const column = cellsOf(10, (i) => (i < 9 ? 'large' : 'small'));
    const parts = split({ ...kind, test: 0.99 }, { target: cellsOf(10, String), column });
    expect(rowsIn(parts, Part.fit).length).toBeGreaterThan(0);
    expect(rowsIn(parts, Part.test).length).toBeGreaterThan(0);
  });

  test('takes rows without a group as one group', () => {
    const column = cellsOf(100, (i) => (i % 3 === 0 ? null : `g${i}`));
    const parts = split(kind, { target: cellsOf(100, String), column });
    expect(new Set(parts.filter((_, row) => row % 3 === 0)).size).toBe(1);
  });
});

describe('a split by column', () => {
  const kind = { kind: 'column', column: 'part' };

  test('obeys the names in the column, in any letter case', () => {
    const column = ['train', 'Training', 'FIT', 'validation', 'valid', 'Val', 'test', 'TEST'];
    expect(split(kind, { target: cellsOf(8, String), column })).toEqual([0, 0, 0, 1, 1, 1, 2, 2]);
  });

  test('draws validation rows where the column names none', () => {
    const column = cellsOf(100, (i) => (i < 50 ? 'train' : 'test'));
    const parts = split({ ...kind, validation: 0.3 }, { target: cellsOf(100, String), column });
    expect(sizes(parts)).toEqual([35, 15, 50]);
    expect(rowsIn(parts, Part.test)).toEqual(cellsOf(50, (i) => 50 + i));
  });

  test.each([null, 'holdout'])('refuses %j as a part, with its row', (cell) => {
    expect(() => split(kind, { target: ['1', '2'], column: ['train', cell] })).toThrow(
      expect.objectContaining({
        problem: {
          code: 'UnknownPart',
          field: 'split.column',
          value: cell,
          expected: "train, validation or test in 'part'; row 2 has another value",
          remedy: 'Mend this row, or choose another split.',
        },
      }),
    );
  });
});

test('a split by file takes no row of the table to test', () => {
  const parts = split({ kind: 'file', test: 'test.csv', validation: 0.1 }, { target: anything });
  expect(sizes(parts)).toEqual([900, 100, 0]);
});
