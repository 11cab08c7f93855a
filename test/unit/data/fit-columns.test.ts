import { describe, expect, test } from 'vitest';
import { fitColumns } from '../../../src/ml/data/fit-columns.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import { cellsOf, profileOf } from '../../support/column-profiles.ts';
import { jobOf } from '../../support/jobs.ts';

const target = cellsOf(60, (i) => i % 2);
const age = cellsOf(60, (i) => 20 + (i % 30));

/** Fits columns given by name, in the order of their names. */
const fit = (columns: Record<string, readonly unknown[]>, job: Partial<JobInput> = {}) =>
  fitColumns(
    jobOf(job),
    Object.entries(columns).map(([name, cells]) => profileOf(cells, { name })),
  );

test('the report says of each column what was found, what is done with it, and why', () => {
  const city = cellsOf(60, (i) => (i === 9 ? '' : ['Oslo', 'Rome', 'Lima'][i % 3]));
  const { operations, reports } = fit({ age: [1, 2, 3, 4, 10], city, y: target });
  expect(reports).toEqual([
    {
      name: 'age',
      type: 'numeric',
      typeReason: 'every value is a number',
      missing: 0,
      distinct: 5,
      distinctIsExact: true,
      numeric: {
        min: 1,
        max: 10,
        mean: expect.closeTo(4, 12),
        std: expect.closeTo(Math.sqrt(10), 12),
        median: 3,
      },
      top: ['1', '10', '2', '3', '4'].map((value) => ({ value, count: 1 })),
      action: 'standardised (x − μ)/σ',
      used: true,
    },
    {
      name: 'city',
      type: 'categorical',
      typeReason: 'text with 3 distinct values',
      missing: 1,
      distinct: 3,
      distinctIsExact: true,
      numeric: null,
      top: [
        { value: 'Lima', count: 20 },
        { value: 'Rome', count: 20 },
        { value: 'Oslo', count: 19 },
      ],
      action: 'one-hot, 3 levels, missing as a level',
      used: true,
    },
    {
      name: 'y',
      type: 'target',
      typeReason: 'what is to be predicted',
      missing: 0,
      distinct: 2,
      distinctIsExact: true,
      numeric: { min: 0, max: 1, mean: 0.5, std: 0.5, median: 0.5 },
      top: [
        { value: '0', count: 30 },
        { value: '1', count: 30 },
      ],
      action: 'what is to be predicted',
      used: false,
    },
  ]);
  expect(operations.map(({ column }) => column)).toEqual(['age', 'city']);
});

describe('roles', () => {
  test.each(['group', 'column'] as const)('the column of a split by %s is no input', (kind) => {
    const { operations, reports } = fit(
      { age, part: cellsOf(60, (i) => `g${i % 4}`), y: target },
      { split: { kind, column: 'part' } },
    );
    expect(operations.map(({ column }) => column)).toEqual(['age']);
    expect(reports[1]).toMatchObject({
      type: 'split',
      action: 'says which part a row belongs to',
      used: false,
    });
  });

  test('the column of a split by time is an input', () => {
    const day = cellsOf(60, (i) => `2026-0${1 + (i % 9)}-01`);
    const { reports } = fit({ day, y: target }, { split: { kind: 'time', column: 'day' } });
    expect(reports[0]).toMatchObject({ type: 'datetime', used: true });
  });

  test('a dropped column is described, and not used', () => {
    const { operations, reports } = fit(
      { age, price: age.map((each) => each / 4), y: target },
      { columns: { drop: ['price'] } },
    );
    expect(operations.map(({ column }) => column)).toEqual(['age']);
    expect(reports[1]).toMatchObject({
      type: 'numeric',
      action: 'dropped: the job says so',
      used: false,
    });
  });
});

describe('forced types', () => {
  test.each([
    ['categorical', age, 'one-hot, 30 levels'],
    ['numeric', cellsOf(60, (i) => i), 'standardised (x − μ)/σ'],
    ['boolean', target, 'true 1, false −1'],
    [
      'datetime',
      ['2026-01-01', '2026-02-01'],
      'date parts: month.sin, month.cos, weekday.sin, weekday.cos, yearday.sin, yearday.cos, days',
    ],
    ['identifier', age, 'dropped: names rows instead of describing them'],
    ['text', ['a', 'b', 'b'], 'TF-IDF of the 1 most frequent words and pairs'],
    ['categorical', cellsOf(80, (i) => `remark ${i} was made`), undefined],
  ] as const)('%s overrides what the cells look like', (type, cells, action) => {
    const { reports } = fit({ x: cells, age, y: target }, { columns: { types: { x: type } } });
    expect(reports[0]).toMatchObject({
      type,
      typeReason: 'the job says so',
      ...(action && { action }),
    });
  });

  test('do not bring a column without values to life', () => {
    const { reports } = fit(
      { x: ['', 'NA'], age, y: target },
      { columns: { types: { x: 'numeric' } } },
    );
    expect(reports[0]).toMatchObject({ type: 'empty', used: false });
  });

  test.each([
    ['numeric', ['1', 'inf', 'ten', '', 'many'], "2 of 4 are not numeric, first 'ten' in row 3"],
    ['boolean', ['yes', 'no', 'no', 'maybe'], "1 of 4 are not boolean, first 'maybe' in row 4"],
    [
      'datetime',
      ['2026-01-31', '2026-02-31', '17'],
      "2 of 3 are not datetime, first '2026-02-31' in row 2",
    ],
  ] as const)('%s is refused where cells do not fit', (type, cells, found) => {
    expect(() => fit({ x: cells, y: target }, { columns: { types: { x: type } } })).toThrow(
      expect.objectContaining({
        problem: {
          code: 'UnreadableCells',
          field: 'columns.types.x',
          value: type,
          expected: `a type that fits the cells; ${found}`,
          remedy: 'Mend these cells, name them in columns.missing, or choose another type.',
        },
      }),
    );
  });
});

describe('warnings', () => {
  test('of unused identifiers come first', () => {
    const { warnings } = fit({
      mostly: cellsOf(60, (i) => (i % 3 === 0 ? i % 2 : '')),
      remark: cellsOf(60, (i) => `remark ${i} was made`),
      code: cellsOf(60, (i) => `K-${i}`),
      y: target,
    });
    expect(warnings).toEqual([
      "column 'code' looks like an identifier and is not used (60 distinct values in 60 rows); columns.types.code overrides this",
      "column 'mostly' is missing in 40 of 60 training rows",
    ]);
  });

  test('tell of cells that count as missing in a column of numbers', () => {
    const stray = [...age, 'inf', 'unknown', 'lost', '-inf'];
    expect(fit({ age: stray, y: target }).warnings).toEqual([
      "column 'age': 'unknown' (1) count as missing",
      "column 'age': 2 infinite cells count as missing",
      "column 'age': 1 cells are no numbers and count as missing, first 'lost' in row 63",
    ]);
  });

  test('are not given for the target or for what the job drops', () => {
    const remark = cellsOf(60, (i) => `remark ${i} was made`);
    expect(fit({ age, remark, y: remark }, { columns: { drop: ['remark'] } }).warnings).toEqual([]);
  });
});

describe('a table without inputs is refused', () => {
  test('with what became of its columns', () => {
    const columns = { id: cellsOf(60, (i) => i), same: cellsOf(60, () => 'a'), y: target };
    expect(() => fit(columns)).toThrow(
      expect.objectContaining({
        problem: {
          code: 'NoInputs',
          field: 'columns',
          value: ['id', 'same'],
          expected:
            'one column at least to predict from; left out are id (dropped: names rows instead of describing them), same (dropped: says nothing)',
          remedy: 'Drop fewer columns, or force a type in columns.types.',
        },
      }),
    );
  });

  test('when the target stands alone', () => {
    expect(() => fit({ y: target })).toThrow(/left out are none, as there are no others/);
  });
});
