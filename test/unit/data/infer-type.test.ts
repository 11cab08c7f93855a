import { describe, expect, test } from 'vitest';
import { inferType } from '../../../src/ml/data/infer-type.ts';
import { cellsOf, profileOf } from '../../support/column-profiles.ts';

interface Case {
  readonly what: string;
  readonly cells: readonly unknown[];
  readonly name?: string;
  readonly type: string;
  readonly reason: string;
}

const infer = ({ cells, name = 'x' }: Pick<Case, 'cells' | 'name'>, maxCategories = 50) =>
  inferType(profileOf(cells, { name }), maxCategories);

const cases: readonly Case[] = [
  {
    what: 'numbers',
    cells: ['1', '2.5', '', '-3e2'],
    type: 'numeric',
    reason: 'every value is a number',
  },
  {
    what: 'zeros and ones',
    cells: cellsOf(30, (i) => i % 2),
    type: 'numeric',
    reason: 'every value is a number',
  },
  {
    what: 'numbers with one stray text in twenty',
    cells: [...cellsOf(19, (i) => i / 2), 'unknown'],
    type: 'numeric',
    reason: 'all but 1 of 20 values are numbers',
  },
  {
    what: 'numbers with two stray texts in twenty',
    cells: [...cellsOf(18, (i) => i % 4), 'unknown', 'lost'],
    type: 'categorical',
    reason: 'text with 6 distinct values',
  },
  {
    what: 'numbers with an infinite one',
    cells: ['1', '2', 'inf', '2'],
    type: 'numeric',
    reason: 'all but 1 of 4 values are numbers',
  },
  {
    what: 'decimal commas',
    cells: ['1,5', '2,5', '1,5', '2,5'],
    type: 'categorical',
    reason: 'text with 2 distinct values',
  },
  {
    what: 'numbers with underscores and in hexadecimal',
    cells: ['1_000', '0x10', '1_000', '0x10'],
    type: 'categorical',
    reason: 'text with 2 distinct values',
  },
  {
    what: 'yes and no',
    cells: ['yes', 'no', '', 'yes'],
    type: 'boolean',
    reason: 'two values: yes, no',
  },
  {
    what: 'booleans',
    cells: [true, false, true],
    type: 'boolean',
    reason: 'two values: true, false',
  },
  {
    what: 'two letters that both mean no',
    cells: ['N', 'F', 'N', 'F'],
    type: 'categorical',
    reason: 'text with 2 distinct values',
  },
  {
    what: 'yes and maybe',
    cells: ['yes', 'maybe', 'yes'],
    type: 'categorical',
    reason: 'text with 2 distinct values',
  },
  {
    what: 'dates and times',
    cells: ['2026-01-31', '2026/02/01', '', '2026-02-01T12:00:00Z'],
    type: 'datetime',
    reason: 'every value is an ISO 8601 date or time',
  },
  {
    what: 'dates with a 31 February',
    cells: ['2026-01-31', '2026-02-31', '2026-01-31', '2026-02-31'],
    type: 'categorical',
    reason: 'text with 2 distinct values',
  },
  {
    what: 'words',
    cells: ['red', 'green', 'red', ''],
    type: 'categorical',
    reason: 'text with 2 distinct values',
  },
  {
    what: 'a name of several words that repeats',
    cells: cellsOf(200, (i) => `the city of ${i % 60}`),
    type: 'categorical',
    reason: 'text with 60 distinct values',
  },
  {
    what: 'numbers that count the rows',
    cells: cellsOf(30, (i) => 1_000 + i),
    type: 'identifier',
    reason: 'whole numbers that count the rows',
  },
  {
    what: 'distinct whole numbers under the name of an identifier',
    cells: cellsOf(30, (i) => (i * 7_919) % 104_729),
    name: 'customer_id',
    type: 'identifier',
    reason: 'distinct whole numbers, named like an identifier',
  },
  {
    what: 'distinct whole numbers under another name',
    cells: cellsOf(30, (i) => (i * 7_919) % 104_729),
    name: 'paid',
    type: 'numeric',
    reason: 'every value is a number',
  },
  {
    what: 'few numbers that count the rows',
    cells: cellsOf(10, (i) => i),
    type: 'numeric',
    reason: 'every value is a number',
  },
  {
    what: 'distinct codes',
    cells: cellsOf(30, (i) => `K-${i * 31}`),
    type: 'identifier',
    reason: '30 distinct values in 30 rows',
  },
  {
    what: 'mostly distinct codes under the name of an identifier',
    cells: ['a1', 'b2', 'c3', 'c3', 'd4'],
    name: 'userId',
    type: 'identifier',
    reason: 'mostly distinct values, named like one',
  },
  {
    what: 'one value in every row',
    cells: ['7', '7', '7'],
    type: 'constant',
    reason: 'every training row has the same value',
  },
  {
    what: 'no value at all',
    cells: ['', 'NA', '?'],
    type: 'empty',
    reason: 'no training row has a value',
  },
  {
    what: 'sentences',
    cells: cellsOf(80, (i) => `remark ${i} was made`),
    type: 'text',
    reason: '80 distinct values of several words',
  },
  {
    what: 'long texts without spaces',
    cells: cellsOf(80, (i) => `${i}`.padStart(50, 'x')),
    type: 'text',
    reason: '80 distinct values of several words',
  },
];

test.each(cases.map((each) => [each.what, each.type, each] as const))(
  '%s: %s',
  (_, type, { reason, ...given }) => {
    expect(infer(given)).toEqual({ type, reason });
  },
);

test.each([
  'id',
  'ID',
  'customer_id',
  'customer-id',
  'customer id',
  'customerId',
  'PassengerID',
  'userid',
  'id_customer',
  'uuid',
  'order_key',
])('%j names identifiers', (name) => {
  const cells = cellsOf(30, (i) => (i * 7_919) % 104_729);
  expect(infer({ cells, name }).type).toBe('identifier');
});

test.each(['paid', 'bid', 'grid', 'humid', 'idea', 'idle_s', 'monkey', 'identity'])(
  '%j does not',
  (name) => {
    const cells = cellsOf(30, (i) => (i * 7_919) % 104_729);
    expect(infer({ cells, name }).type).toBe('numeric');
  },
);

test('how many categories are allowed decides when sentences are free text', () => {
  const cells = cellsOf(80, (i) => `remark ${i % 60} was made`);
  expect(infer({ cells }, 50).type).toBe('text');
  expect(infer({ cells }, 100).type).toBe('categorical');
});

describe('in a table with more distinct values than are counted', () => {
  const rows = 50_000;

  test('sentences are free text', () => {
    expect(infer({ cells: cellsOf(rows, (i) => `remark ${i} was made`) })).toEqual({
      type: 'text',
      reason: 'more than 20000 distinct values of several words',
    });
  });

  test('codes are identifiers', () => {
    expect(infer({ cells: cellsOf(rows, (i) => `K-${i}`) })).toEqual({
      type: 'identifier',
      reason: 'more than 20000 distinct values in 50000 rows',
    });
  });

  test('numbers are identifiers where they count the rows or are named so', () => {
    expect(infer({ cells: cellsOf(rows, (i) => i) }).type).toBe('identifier');
    const scattered = cellsOf(rows, (i) => (i * 7_919) % 104_729);
    expect(infer({ cells: scattered, name: 'order_id' }).type).toBe('identifier');
    expect(infer({ cells: scattered }).type).toBe('numeric');
  });

  test('values that repeat are categories', () => {
    const cells = cellsOf(100_000, (i) => `zip${i % 4 === 0 ? i : i % 3}`);
    expect(infer({ cells })).toEqual({
      type: 'categorical',
      reason: 'text with more than 20000 distinct values',
    });
  });
});
