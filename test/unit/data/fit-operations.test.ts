import { describe, expect, test } from 'vitest';
import { fitColumn } from '../../../src/ml/data/fit-operations.ts';
import type { InferredType } from '../../../src/ml/data/infer-type.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import { profileOf } from '../../support/column-profiles.ts';
import { jobOf } from '../../support/jobs.ts';

const fit = (
  cells: readonly unknown[],
  type: InferredType['type'],
  preprocess: JobInput['preprocess'] = {},
) => fitColumn(profileOf(cells), type, jobOf({ preprocess }).preprocess);

describe('numbers', () => {
  // Mean 4, deviation √10, quartiles 2, 3 and 4.
  const cells = [1, 2, 3, 4, 10, ''];

  test.each([
    ['standard', 4, Math.sqrt(10), 'standardised (x − μ)/σ'],
    ['minmax', 1, 9, 'scaled to 0 … 1'],
    ['robust', 3, 2, 'scaled by median and quartiles'],
    ['none', 0, 1, 'as it is'],
  ] as const)('normalised as %s are (x − %d) / %d', (normalise, shift, scale, words) => {
    const { operations, action } = fit(cells, 'numeric', { normalise });
    expect(operations).toEqual([
      {
        kind: 'numeric',
        column: 'x',
        impute: 3,
        shift: expect.closeTo(shift, 12),
        scale: expect.closeTo(scale, 12),
      },
    ]);
    expect(action).toBe(`${words}, 1 missing → median`);
  });

  test.each([
    ['median', 3],
    ['mean', 4],
    ['zero', 0],
  ] as const)('missing ones become the %s', (impute, value) => {
    const { operations, action } = fit(cells, 'numeric', { impute });
    expect(operations).toMatchObject([{ impute: expect.closeTo(value, 12) }]);
    expect(action).toBe(`standardised (x − μ)/σ, 1 missing → ${impute}`);
  });

  test('say nothing of missing cells where there are none', () => {
    expect(fit([1, 2], 'numeric').action).toBe('standardised (x − μ)/σ');
  });

  test.each(['standard', 'minmax', 'robust', 'none'] as const)(
    'that do not vary are divided by 1, normalised as %s',
    (normalise) => {
      expect(fit([7, 7, ''], 'numeric', { normalise }).operations).toMatchObject([{ scale: 1 }]);
    },
  );
});

describe('booleans', () => {
  test.each([
    [['yes', 'yes', 'no', ''], 1, 'true 1, false −1, 1 missing → true'],
    [['yes', 'no', 'no', ''], 0, 'true 1, false −1, 1 missing → false'],
    [['yes', 'no'], 1, 'true 1, false −1'],
  ])('%j become 1 and −1, missing ones the more frequent', (cells, impute, action) => {
    expect(fit(cells, 'boolean')).toEqual({
      operations: [{ kind: 'boolean', column: 'x', impute, shift: 0.5, scale: 0.5 }],
      action,
    });
  });
});

describe('dates', () => {
  const date = (part: string, mean: number, std: number) => ({
    kind: 'date',
    column: 'x',
    part,
    impute: expect.closeTo(mean, 9),
    shift: expect.closeTo(mean, 9),
    scale: expect.closeTo(std, 9),
  });

  test('become the parts that vary, each standardised over the rows', () => {
    // A Monday three times, and the Wednesday after it.
    const cells = ['2024-01-01', '2024-01-01', '2024-01-01', '2024-01-03'];
    expect(fit(cells, 'datetime', { dates: 'parts' })).toEqual({
      operations: [
        date('day', 1.5, Math.sqrt(0.75)),
        date('weekday', 0.5, Math.sqrt(0.75)),
        date('days', 19_723.5, Math.sqrt(0.75)),
      ],
      action: 'date parts: day, weekday, days',
    });
  });

  test('have six parts where all vary', () => {
    const cells = ['2024-01-01T06:00', '2026-03-04T18:00'];
    const { operations, action } = fit(cells, 'datetime', { dates: 'parts' });
    expect(operations).toEqual([
      date('year', 2025, 1),
      date('month', 2, 1),
      date('day', 2.5, 1.5),
      date('weekday', 1, 1),
      date('hour', 12, 6),
      date('days', 20_120, 396.75),
    ]);
    expect(action).toBe('date parts: year, month, day, weekday, hour, days');
  });

  test('have sine and cosine of what comes round again, unless the job says otherwise', () => {
    // Noon and midnight: their sine is 0 but for rounding, and says nothing.
    const cells = ['2024-01-01T00:00', '2026-07-03T12:00'];
    const { operations } = fit(cells, 'datetime');
    expect(operations.map((each) => each.kind === 'date' && each.part)).toEqual([
      ...['year', 'month.cos', 'day', 'weekday.sin', 'weekday.cos', 'hour.cos'],
      ...['yearday.sin', 'yearday.cos', 'days'],
    ]);
    expect(operations[1]).toEqual(date('month.cos', 0, 1));
    expect(operations[5]).toEqual(date('hour.cos', 0, 1));
  });

  test('stay as they are where nothing is to be normalised', () => {
    const { operations } = fit(['2024-01-01', '2024-01-03'], 'datetime', { normalise: 'none' });
    expect(operations[0]).toEqual({
      kind: 'date',
      column: 'x',
      part: 'day',
      impute: 2,
      shift: 0,
      scale: 1,
    });
  });

  test('of one day say nothing', () => {
    expect(fit(['2024-01-01', ''], 'datetime')).toEqual({
      operations: [],
      action: 'dropped: says nothing',
    });
  });
});

describe('categories', () => {
  test('are levels by frequency, equals by name', () => {
    expect(fit(['b', 'c', 'a', 'c'], 'categorical')).toEqual({
      operations: [
        {
          kind: 'categorical',
          column: 'x',
          levels: ['c', 'a', 'b'],
          other: false,
          missing: false,
        },
      ],
      action: 'one-hot, 3 levels',
    });
  });

  test('beyond the most that are allowed are "other", and missing ones a level', () => {
    const cells = ['a', 'a', 'b', 'b', 'c', ''];
    expect(fit(cells, 'categorical', { maxCategories: 2 })).toEqual({
      operations: [
        { kind: 'categorical', column: 'x', levels: ['a', 'b'], other: true, missing: true },
      ],
      action: 'one-hot, 2 levels, the rest as "other", missing as a level',
    });
  });
});

test.each([
  ['constant', 'dropped: says nothing'],
  ['empty', 'dropped: says nothing'],
  ['identifier', 'dropped: names rows instead of describing them'],
  ['text', 'dropped: no word tells some texts from others'],
] as const)('a column of type %s gives the model nothing', (type, action) => {
  expect(fit(['a', 'b'], type)).toEqual({ operations: [], action });
});

describe('outliers that are clipped', () => {
  const cells = [...Array.from({ length: 99 }, (_, i) => i), 1e6];

  test('are as the farthest number that is none, and no more in mean and deviation', () => {
    const { operations, action } = fit(cells, 'numeric', { outliers: 'clip' });
    const [low, high] = [24.75 - 3 * 49.5, 74.25 + 3 * 49.5];
    const [operation] = operations;
    expect(operation).toMatchObject({ kind: 'numeric', clip: { low, high } });
    expect(operation).toMatchObject({ shift: expect.closeTo((98 * 99) / 200 + high / 100, 6) });
    expect(action).toBe('clipped to -123.8 … 222.8, standardised (x − μ)/σ');
  });

  test('are kept unless the job says so, and nothing is clipped where nothing is far out', () => {
    expect(fit(cells, 'numeric').operations[0]).not.toHaveProperty('clip');
    const even = cells.slice(0, 99);
    expect(fit(even, 'numeric', { outliers: 'clip' }).operations[0]).not.toHaveProperty('clip');
  });
});
