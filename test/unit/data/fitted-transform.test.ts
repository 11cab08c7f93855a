import { describe, expect, test } from 'vitest';
import { ZodError } from 'zod';
import { datePart } from '../../../src/ml/data/date-part.ts';
import { densify } from '../../../src/ml/data/densify.ts';
import { FittedTransform } from '../../../src/ml/data/fitted-transform.ts';
import type { TransformOperation } from '../../../src/schemas/transform.ts';

const numeric = { kind: 'numeric', column: 'age', impute: 40, shift: 30, scale: 10 } as const;
const boolean = { kind: 'boolean', column: 'paid', impute: 1, shift: 0.5, scale: 0.5 } as const;
const hour = { kind: 'date', column: 'at', part: 'hour', impute: 12, shift: 6, scale: 2 } as const;
const city = {
  kind: 'categorical' as const,
  column: 'city',
  levels: ['Oslo', 'Rome'],
  other: true,
  missing: true,
};
const strict = { ...city, column: 'plan', levels: ['basic'], other: false, missing: false };

const transformOf = (operations: readonly TransformOperation[], missing: string[] = []) =>
  FittedTransform.parse({ schemaVersion: 1, missing, operations });

const all = transformOf([city, numeric, boolean, strict, hour]);
const ageless = { paid: 'no', at: '2026-01-31T10:00:00Z', city: 'Rome', plan: 'basic' };
const whole = { age: 45, ...ageless };

/** The dense features of one record. */
const dense = (transform: FittedTransform, record: Record<string, unknown>) => [
  ...densify(transform.encode([record]), transform.layout),
];

test('inputs are the numbers, then one-hot blocks, under telling names', () => {
  expect(all.layout).toEqual({ numeric: 3, categories: [4, 1], imputed: [1, 1, 3] });
  expect(all.featureNames).toEqual([
    'age',
    'paid',
    'at.hour',
    'city=Oslo',
    'city=Rome',
    'city=(other)',
    'city=(missing)',
    'plan=basic',
  ]);
});

test('a record is scaled and one-hot encoded', () => {
  expect(dense(all, whole)).toEqual([1.5, -1, 2, 0, 1, 0, 0, 1]);
});

test('records give rows in order, before one-hot encoding as codes', () => {
  const encoded = all.encode([whole, { ...whole, age: 30, city: 'Oslo' }]);
  expect(encoded).toEqual({
    rows: 2,
    numeric: Float32Array.of(1.5, -1, 2, 0, -1, 2),
    codes: Int32Array.of(1, 0, 0, 0),
  });
  expect(densify(encoded, all.layout)).toHaveLength(16);
});

test('JSON values and the cells of a file are the same', () => {
  const ofFile = {
    age: ' 45 ',
    paid: 'No',
    at: '2026-01-31 10:00:00',
    city: 'Rome ',
    plan: 'basic',
  };
  const ofRequest = { ...whole, paid: false, at: new Date('2026-01-31T10:00:00Z') };
  expect(dense(all, ofFile)).toEqual(dense(all, whole));
  expect(dense(all, ofRequest)).toEqual(dense(all, whole));
});

describe('policy', () => {
  const imputed = [1, 1, 3];

  test('what is missing is imputed, or takes the level "missing" where there is one', () => {
    const noCells = { age: '', paid: null, at: 'NA', city: '?', plan: undefined };
    expect(dense(all, noCells)).toEqual([...imputed, 0, 0, 0, 1, 0]);
    expect(dense(all, {})).toEqual([...imputed, 0, 0, 0, 1, 0]);
  });

  test('what the job names as missing is missing', () => {
    const transform = transformOf([numeric], ['-999']);
    expect(dense(transform, { age: -999 })).toEqual([1]);
    expect(dense(transformOf([numeric]), { age: -999 })).toEqual([-102.9].map(Math.fround));
  });

  test('an unseen category is "other", or all zeros where no category was rare', () => {
    const record = { ...whole, city: 'Lima', plan: 'gold' };
    expect(dense(all, record)).toEqual([1.5, -1, 2, 0, 0, 1, 0, 0]);
  });

  test('an extra column is ignored', () => {
    expect(dense(all, { ...whole, height: 180, y: 'yes' })).toEqual(dense(all, whole));
  });

  test('cells that a type can not read count as missing', () => {
    const record = { ...whole, age: '1_000', paid: 'perhaps', at: '2026-02-31' };
    expect(dense(all, record).slice(0, 3)).toEqual(imputed);
    expect(dense(all, { ...whole, age: 'inf' })[0]).toBe(1);
  });

  test('what it had to do is told in words', () => {
    const records = [
      { ...ageless, city: 'Lima', height: 180 },
      { ...ageless, city: 'Lima', plan: 'gold' },
    ];
    expect(all.describeOddities(records)).toEqual([
      "column 'age' is missing: imputed",
      "column 'height' is unknown: ignored",
      "column 'city' has the unseen value 'Lima': taken as 'other'",
      "column 'plan' has the unseen value 'gold': no category",
    ]);
    expect(all.describeOddities([whole])).toEqual([]);
  });
});

test('levels beyond 200 characters are told apart by what stands in front', () => {
  const long = (letter: string) => letter.repeat(300);
  const levels = ['a', 'b'].map((letter) => `${letter.repeat(200)}…`);
  const transform = transformOf([{ ...city, column: 'text', levels, other: true, missing: false }]);
  expect([...transform.encode([{ text: long('b') }, { text: long('a') }]).codes]).toEqual([1, 0]);
  expect(transform.describeOddities([{ text: long('a') }])).toEqual([]);
});

test('cells that a type can not read are found, with what would be right', () => {
  const records = [
    whole,
    { ...whole, age: 'forty', paid: 'perhaps', at: '2026-02-31', city: 7, plan: '' },
  ];
  expect(all.findFaults(records)).toEqual([
    { row: 1, column: 'age', value: 'forty', expected: 'a number' },
    { row: 1, column: 'paid', value: 'perhaps', expected: 'true or false' },
    {
      row: 1,
      column: 'at',
      value: '2026-02-31',
      expected: 'a date such as 2026-01-31 or 2026-01-31T12:00:00Z',
    },
  ]);
});

test('what raw records hold is described once a column', () => {
  const day = { ...hour, part: 'day' } as const;
  const levels = Array.from({ length: 12 }, (_, i) => `c${i}`);
  const { inputs } = transformOf([numeric, boolean, hour, day, { ...city, levels }]);
  expect(inputs).toEqual([
    { name: 'age', type: 'number', description: 'missing: 40' },
    { name: 'paid', type: 'boolean', description: 'true or false' },
    { name: 'at', type: 'datetime', description: 'ISO 8601' },
    {
      name: 'city',
      type: 'string',
      description: 'one of c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, … (12)',
    },
  ]);
});

test.each([
  ['year', 2026],
  ['month', 1],
  ['day', 31],
  ['weekday', 5], // a Saturday; Monday is 0
  ['hour', 18],
  ['days', 20_484.75],
] as const)('the %s of 2026-01-31T18:00Z is %d', (part, value) => {
  expect(datePart(Date.UTC(2026, 0, 31, 18), part)).toBe(value);
});

test.each([
  ['month', Date.UTC(2026, 3, 30), 3 / 12],
  ['weekday', Date.UTC(2026, 0, 31), 5 / 7],
  ['hour', Date.UTC(1969, 0, 31, 18, 45), 18.75 / 24],
  ['yearday', Date.UTC(1904, 11, 31, 23), 365 / 365.25],
] as const)('an angle of the %s goes round once in its cycle', (cycle, time, turns) => {
  expect(datePart(time, `${cycle}.sin`)).toBeCloseTo(Math.sin(2 * Math.PI * turns), 14);
  expect(datePart(time, `${cycle}.cos`)).toBeCloseTo(Math.cos(2 * Math.PI * turns), 14);
});

test('parts of dates before 1970 are no different', () => {
  const time = Date.UTC(1969, 11, 31, 12);
  expect(datePart(time, 'weekday')).toBe(2);
  expect(datePart(time, 'days')).toBe(-0.5);
});

describe('a stored transform', () => {
  test('survives JSON', () => {
    const again = FittedTransform.parse(JSON.parse(JSON.stringify(all.document)));
    expect(dense(again, whole)).toEqual(dense(all, whole));
    expect(again.featureNames).toEqual(all.featureNames);
  });

  test.each([
    ['no operations', { operations: [] }],
    ['a scale of 0', { operations: [{ ...numeric, scale: 0 }] }],
    ['a shift that is no number', { operations: [{ ...numeric, shift: Number.NaN }] }],
    ['an unknown operation', { operations: [{ ...numeric, kind: 'cubed' }] }],
    ['an unknown date part', { operations: [{ ...hour, part: 'century' }] }],
    ['a category without levels', { operations: [{ ...city, levels: [] }] }],
    ['an unknown key', { operations: [numeric], extra: 1 }],
    ['another version', { operations: [numeric], schemaVersion: 2 }],
  ])('with %s is refused', (_, document) => {
    expect(() => FittedTransform.parse({ schemaVersion: 1, missing: [], ...document })).toThrow(
      ZodError,
    );
  });
});
