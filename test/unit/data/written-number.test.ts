import { describe, expect, test } from 'vitest';
import { readNumber, readWritten, unitOf } from '../../../src/ml/data/written-number.ts';

describe('numbers as people write them', () => {
  test.each([
    ['1.234,50 €', 1234.5],
    ['€1.234.567', 1234567],
    ['-€ 12', -12],
    ['€ −3,5', -3.5],
    ['(1.000,00)', -1000],
    ['1 234 567,8', 1234567.8],
    ["1'234", 1234],
    ['1\u202f234,5', 1234.5],
    ['0,455', 0.455],
    ['1,5e3', 1500],
    [',5', 0.5],
    ['12', 12],
  ])('with decimal comma: %j', (text, value) => {
    expect(readWritten(text, { decimal: ',', unit: '€' })).toBe(value);
  });

  test.each([
    ['$1,234.50', 1234.5],
    ['($5)', -5],
    ['12,345,678', 12345678],
    ['12.5', 12.5],
  ])('with decimal point: %j', (text, value) => {
    expect(readWritten(text, { decimal: '.', unit: '$' })).toBe(value);
  });

  test.each([
    '1.234.56',
    '01.234',
    '1234.567',
    '1.23',
    '5 $',
    '€',
    '',
    '1,2,3',
    '--5',
    '1e99',
    '٣',
  ])('are none: %j', (text) => {
    expect(readWritten(text, { decimal: ',', unit: '€' })).toBeNull();
  });

  test('a number that is no text is as it is', () => {
    const format = { decimal: ',', unit: '' } as const;
    expect(readNumber(1.234, '1.234', format)).toBe(1.234);
    expect(readNumber('1.234', '1.234', format)).toBe(1234);
  });
});

test.each([
  ['12 kg', 'kg'],
  ['$5', '$'],
  ['US$ 5', 'US$'],
  ['5 EUR', 'EUR'],
  ['EUR 5', 'EUR'],
  ['5 %', '%'],
  ['-3.5°C', '°C'],
  ['(5 €)', '€'],
  ['120 km/h', 'km/h'],
  ['1.234,5', ''],
])('the unit of %j is %j', (text, unit) => {
  expect(unitOf(text)).toBe(unit);
});

test.each(['SKU 12', '12 Main Street', '2026-01-31', '10:30', '$5 USD', '1st place', 'abc', 'A1'])(
  '%j is no number with a unit',
  (text) => {
    expect(unitOf(text)).toBeNull();
  },
);
