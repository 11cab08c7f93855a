import { describe, expect, test } from 'vitest';
import { decileEdges, Histogram } from '../../../src/ml/drift/feature-histogram.ts';
import {
  populationStability,
  stabilityByChance,
} from '../../../src/ml/drift/population-stability.ts';
import { RandomStream } from '../../../src/ml/random.ts';

const SEED = 7;

/** Index of samples of two normal distributions, binned by the first one's deciles. */
function indexOf(stream: number, rows: readonly [number, number], shift: number): number {
  const random = new RandomStream(SEED, 'test-stability', [stream]);
  const draw = (count: number, mean: number) =>
    Float64Array.from({ length: count }, () => mean + random.normal());
  const before = draw(rows[0], 0);
  const edges = decileEdges(before);
  const count = (values: Float64Array) => {
    const histogram = new Histogram(edges);
    for (const value of values) histogram.add(value);
    return histogram.counts;
  };
  return populationStability(count(before), count(draw(rows[1], shift)));
}

describe('the population stability index', () => {
  test('is 0 for equal shares, whatever the totals', () => {
    expect(populationStability([10, 20], [1000, 2000])).toBeLessThan(1e-3);
  });

  test('is what its formula gives: (0.7 − 0.5) ln(0.7 / 0.5) + (0.3 − 0.5) ln(0.3 / 0.5)', () => {
    const exact = 0.2 * Math.log(0.7 / 0.5) - 0.2 * Math.log(0.3 / 0.5);
    expect(populationStability([5e6, 5e6], [7e6, 3e6])).toBeCloseTo(exact, 5);
  });

  test('exceeds what chance gives about once in a thousand samples of one population', () => {
    const rows = [400, 300] as const;
    const limit = stabilityByChance(...rows, 10);
    const over = Array.from({ length: 2000 }, (_, i) => indexOf(i, rows, 0)).filter(
      (index) => index > limit,
    );
    expect(over.length).toBeLessThan(12);
    expect(over.length / 2000).toBeLessThan(0.006);
  });

  test('exceeds it where the mean moves by one standard deviation', () => {
    const rows = [400, 300] as const;
    const least = Math.min(...Array.from({ length: 50 }, (_, i) => indexOf(i, rows, 1)));
    expect(least).toBeGreaterThan(stabilityByChance(...rows, 10));
    expect(least).toBeGreaterThan(0.25);
  });
});

test('values that repeat make fewer bins, none of them without an edge of its own', () => {
  const values = Float64Array.from({ length: 40 }, (_, i) => (i < 39 ? 0 : 5));
  expect(decileEdges(values)).toEqual([0]);
  const histogram = new Histogram([0, 2]);
  for (const value of [-1, 0, 1, 2, 3]) histogram.add(value);
  expect(histogram.counts).toEqual([2, 2, 1]);
});
