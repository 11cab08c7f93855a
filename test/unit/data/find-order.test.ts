import { expect, test } from 'vitest';
import { describeOrder } from '../../../src/ml/data/find-order.ts';
import { RandomStream } from '../../../src/ml/random.ts';

const random = new RandomStream(1, 'test-order');
const order = (targets: number[], classes: string[] = []) =>
  describeOrder({ target: 'y', classes }, Float64Array.from(targets));
const many = (make: (row: number) => number) => Array.from({ length: 200 }, (_, row) => make(row));

test('rows sorted by class or value are told of', () => {
  const told =
    "the rows are SORTED BY THE TARGET 'y': whatever takes rows from one end, such as a split by time, sees other targets than the rest";
  expect(
    order(
      many((row) => Math.floor(row / 70)),
      ['a', 'b', 'c'],
    ),
  ).toBe(told);
  expect(order(many((row) => row * row))).toBe(told);
  expect(order(many((row) => -row))).toBe(told);
});

test('rows in any other order are not', () => {
  expect(
    order(
      many(() => random.below(3)),
      ['a', 'b', 'c'],
    ),
  ).toBeNull();
  expect(order(many(() => random.normal()))).toBeNull();
  // Two rows of a rare class, next to each other.
  expect(
    order(
      many((row) => (row === 60 || row === 61 ? 1 : 0)),
      ['a', 'b'],
    ),
  ).toBeNull();
  expect(order([1, 2, 3])).toBeNull();
});
