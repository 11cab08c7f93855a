import { expect, test } from 'vitest';
import { selectAt } from '../../../src/ml/data/order-statistic.ts';
import { RandomStream } from '../../../src/ml/random.ts';

const random = new RandomStream(1, 'test-order');
const length = 2_000;
const columns: Record<string, Float64Array> = {
  normal: Float64Array.from({ length }, () => random.normal()),
  'few values': Float64Array.from({ length }, () => random.below(3)),
  equal: new Float64Array(length).fill(7),
  rising: Float64Array.from({ length }, (_, i) => i),
  falling: Float64Array.from({ length }, (_, i) => -i),
  'with infinities': Float64Array.from({ length }, (_, i) => (i % 3 === 0 ? -Infinity : 1 / i)),
  one: Float64Array.of(3),
  two: Float64Array.of(3, 1),
};

test.each(Object.entries(columns))('a value is where sorting puts it: %s', (_, values) => {
  const sorted = Float64Array.from(values).sort();
  const moved = Float64Array.from(values);
  for (const share of [0.5, 0, 1, 0.25, 0.75, 0.5]) {
    const place = Math.floor(share * (values.length - 1));
    expect(selectAt(moved, place)).toBe(sorted[place]);
    expect(Math.max(...moved.subarray(0, place + 1))).toBe(sorted[place]);
    expect(Math.min(...moved.subarray(place))).toBe(sorted[place]);
  }
  expect(moved.sort()).toEqual(sorted);
});

/** Makes each pivot of the middle the least but one of what is left. */
function worstOrder(count: number): Float64Array {
  const values = Float64Array.from({ length: count }, (_, i) => i);
  for (let high = 2; high < count; high++) {
    const middle = high >>> 1;
    const held = values[high] as number;
    values[high] = values[middle] as number;
    values[middle] = held;
  }
  return values;
}

test('also in an order that makes it slow', () => {
  const values = worstOrder(5_000);
  const sorted = Float64Array.from(values).sort();
  expect(selectAt(values, 2_500)).toBe(sorted[2_500]);
});
