import { describe, expect, test } from 'vitest';
import {
  cellText,
  isInfinite,
  levelName,
  parseBoolean,
  parseDate,
  parseNumber,
} from '../../../src/ml/data/cell.ts';

const none = new Set<string>();

describe('missing cells', () => {
  test.each(['', '  ', 'NA', 'na', 'NaN', 'nan', 'null', 'NULL', '?', ' ? ', null, undefined, NaN])(
    '%j is missing in every table',
    (value) => {
      expect(cellText(value, none)).toBeNull();
    },
  );

  test.each(['-', 'none', 'None', '-999', '0', 'false'])('%j is not', (value) => {
    expect(cellText(value, none)).toBe(value);
  });

  test('further tokens are missing only where the job names them, in their letter case', () => {
    const further = new Set(['-999', 'none']);
    expect(cellText('-999', further)).toBeNull();
    expect(cellText(' none ', further)).toBeNull();
    expect(cellText(-999, further)).toBeNull();
    expect(cellText('None', further)).toBe('None');
  });
});

test.each([
  [42, '42'],
  [0.1, '0.1'],
  [1e21, '1e+21'],
  [-0, '0'],
  [true, 'true'],
  [new Date(Date.UTC(2026, 0, 31)), '2026-01-31T00:00:00.000Z'],
  [['a', 1], '["a",1]'],
  ['  Oslo ', 'Oslo'],
])('the value %j of a record reads as the cell %j', (value, text) => {
  expect(cellText(value, none)).toBe(text);
});

test('an integer beyond 2⁵³ keeps all its digits', () => {
  expect(cellText(12345678901234567n, none)).toBe('12345678901234567');
});

describe('numbers', () => {
  test.each([
    ['42', 42],
    ['+42', 42],
    ['-0.5', -0.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e-3', 0.001],
    ['1E+3', 1000],
    ['007', 7],
  ])('%j is the number %d', (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });

  test.each([
    '1_000',
    '0x10',
    '1,5',
    '1,000',
    '0b1',
    '1e',
    '--1',
    '1 000',
    '12%',
    '€5',
    '.',
    'Inf',
  ])('%j is text', (text) => {
    expect(parseNumber(text)).toBeNull();
  });

  test.each(['inf', '-Inf', '+Infinity', '1e999', '1.8e308', '-1e39'])(
    '%j is infinite to a model, and no number',
    (text) => {
      expect(isInfinite(text)).toBe(true);
      expect(parseNumber(text)).toBeNull();
    },
  );

  test.each(['1e38', 'info', '', 'NaN'])('%j is not infinite', (text) => {
    expect(isInfinite(text)).toBe(false);
  });
});

test('booleans are yes and no in four spellings, any letter case, and 1 and 0', () => {
  expect(['true', 'YES', 'T', 'y', '1'].map(parseBoolean)).toEqual(Array(5).fill(true));
  expect(['False', 'no', 'f', 'N', '0'].map(parseBoolean)).toEqual(Array(5).fill(false));
  expect(['on', '2', 'si', '', '01'].map(parseBoolean)).toEqual(Array(5).fill(null));
});

describe('dates', () => {
  test.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026/1/5', '2026-01-05T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-01-31T23:59', '2026-01-31T23:59:00.000Z'],
    ['2026-01-31 12:30:45', '2026-01-31T12:30:45.000Z'],
    ['2026-01-31T12:30:45.25Z', '2026-01-31T12:30:45.250Z'],
    ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
    ['2026-01-31T12:00:00-0530', '2026-01-31T17:30:00.000Z'],
    ['2026-01-31 12:00:00+00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 22:00:00.5-05', '2026-02-01T03:00:00.500Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000Z'],
    ['1969-12-31', '1969-12-31T00:00:00.000Z'],
  ])('%j is the moment %s', (text, moment) => {
    const time = parseDate(text);
    expect(time === null ? null : new Date(time).toISOString()).toBe(moment);
  });

  test.each([
    '2026-02-31',
    '2025-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-01-31T24:00',
    '2026-01-31T10:60',
    '2026-01-31T10:10:61',
    '31.01.2026',
    '01/31/2026',
    '20260131',
    '2026-01',
    '2026-01-31-05',
    'yesterday',
  ])('%j is no date', (text) => {
    expect(parseDate(text)).toBeNull();
  });
});

test('a level of more than 200 characters is cut, and marked as cut', () => {
  expect(levelName('x'.repeat(200))).toBe('x'.repeat(200));
  expect(levelName('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`);
});
