import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/ml/random.ts';
import { cellsOf, profileOf } from '../../support/column-profiles.ts';

test('numbers give their mean, population deviation, least, greatest and quantiles', () => {
  const profile = profileOf([1, '2', ' 3 ', '4', 10]);
  expect(profile.mean).toBeCloseTo(4, 12);
  expect(profile.std).toBeCloseTo(Math.sqrt(10), 12);
  expect([profile.min, profile.max]).toEqual([1, 10]);
  expect([0, 0.25, 0.5, 0.75, 1].map((q) => profile.quantile(q))).toEqual([1, 2, 3, 4, 10]);
});

test('quantiles between two numbers are interpolated', () => {
  const profile = profileOf([10, 20, 30, 40]);
  expect(profile.quantile(0.5)).toBe(25);
  expect(profile.quantile(0.25)).toBe(17.5);
});

test('a large mean does not swallow a small deviation', () => {
  const profile = profileOf(cellsOf(1_000, (i) => 1e9 + (i % 2)));
  expect(profile.mean).toBeCloseTo(1e9 + 0.5, 6);
  expect(profile.std).toBeCloseTo(0.5, 6);
});

test('each cell is counted as what it can be', () => {
  const profile = profileOf(['1', '2.5', 'inf', 'yes', '2026-01-31', 'two words', '', 'NA', '-'], {
    missing: ['-'],
  });
  expect(profile).toMatchObject({
    rows: 9,
    missing: 3,
    present: 6,
    numbers: 2,
    integers: 1,
    infinite: 1,
    booleans: 2, // 1 and yes
    dates: 1,
    distinct: 6,
    distinctIsExact: true,
  });
});

test('the first cell that is no number, no boolean and no date is kept with its row', () => {
  const profile = profileOf(['', 'inf', '1', '2026-01-31', 'soon']);
  expect(profile.firstOther).toEqual({
    numeric: { row: 4, value: '2026-01-31' },
    boolean: { row: 2, value: 'inf' },
    datetime: { row: 2, value: 'inf' },
  });
});

test('values are ranked by frequency, equals by their text', () => {
  const profile = profileOf(['b', 'a', 'c', 'c', 'a', 'b', 'd']);
  expect(profile.top(3)).toEqual([
    { value: 'a', count: 2 },
    { value: 'b', count: 2 },
    { value: 'c', count: 2 },
  ]);
});

test('however few of them are asked for', () => {
  const random = new RandomStream(1, 'test-top');
  const profile = profileOf(cellsOf(900, () => `v${Math.floor(200 * random.uniform() ** 3)}`));
  const ranked = [...profile.counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  for (const wanted of [0, 1, 2, 7, 50, ranked.length, 500]) {
    expect(profile.top(wanted)).toEqual(ranked.slice(0, wanted));
  }
});

test('long values are cut, so that memory stays bounded', () => {
  const profile = profileOf(['x'.repeat(100_000)]);
  expect(profile.top(1)[0]?.value).toHaveLength(201);
});

describe('beyond its limits', () => {
  test('distinct values are "many", and their share is that of the first cells', () => {
    const profile = profileOf(cellsOf(30_000, (i) => `v${i % 2 === 0 ? i : i - 1}`));
    expect(profile.distinct).toBe(15_000);
    expect(profile.distinctIsExact).toBe(true);
    expect(profile.distinctShare).toBe(0.5);

    const large = profileOf(cellsOf(100_000, (i) => `v${i % 2 === 0 ? i : i - 1}`));
    expect(large.distinct).toBe(20_000);
    expect(large.distinctIsExact).toBe(false);
    expect(large.distinctShare).toBeCloseTo(0.5, 4);
  });

  test('quantiles come from an even sample', () => {
    const profile = profileOf(cellsOf(500_000, (i) => (i * 7_919) % 500_000));
    for (const q of [0.01, 0.25, 0.5, 0.75, 0.99]) {
      expect(Math.abs(profile.quantile(q) / 500_000 - q)).toBeLessThan(0.005);
    }
    expect(profile.mean).toBeCloseTo(249_999.5, 3);
  });
});

describe('a sequence', () => {
  const profileAt = (cells: readonly [row: number, value: unknown][]) => {
    const profile = profileOf([]);
    for (const [row, value] of cells) profile.add(value, row);
    return profile.isSequence;
  };

  test('counts the rows of the table, also where rows of other parts lie between', () => {
    expect(profileAt([1, 2, 3].map((row) => [row, row + 99]))).toBe(true);
    expect(profileAt([2, 3, 7, 11].map((row) => [row, row - 1]))).toBe(true);
  });

  test('is no sequence where a number jumps, repeats or lacks', () => {
    expect(profileAt([1, 2, 3].map((row) => [row, 2 * row]))).toBe(false);
    expect(profileAt([1, 2, 3].map((row) => [row, 5]))).toBe(false);
    expect(profileAt([1, 2, 3].map((row) => [row, row === 2 ? '' : row]))).toBe(false);
    expect(profileAt([1, 2, 3].map((row) => [row, row === 2 ? 'two' : row]))).toBe(false);
  });
});
