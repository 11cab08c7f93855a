import { expect, test } from 'vitest';
import { estimators, parseHyperparameters } from '../../../src/ml/estimators/index.ts';
import { RandomSampler } from '../../../src/ml/search/random-sampler.ts';
import type { SearchSpace } from '../../../src/schemas/study.ts';

const space: SearchSpace = {
  rate: { kind: 'float', low: 1e-4, high: 1e2, log: true },
  share: { kind: 'float', low: -1, high: 3, log: false },
  units: { kind: 'int', low: 1, high: 4, log: false },
  rows: { kind: 'int', low: 1, high: 1000, log: true },
  shape: { kind: 'choice', options: [[32], [64, 32], 'none'] },
};

/** Values of one dimension over many trials. */
function draws(name: string, trials = 4000): unknown[] {
  const sampler = new RandomSampler(1);
  return Array.from({ length: trials }, (_, number) => sampler.propose(space, number)[name]);
}
const shareOf = <T>(values: readonly T[], holds: (value: T) => boolean): number =>
  values.filter(holds).length / values.length;

test('a trial depends on the seed and its number alone', () => {
  const sampler = new RandomSampler(7);
  const [third, first] = [sampler.propose(space, 3), sampler.propose(space, 1)];
  expect(new RandomSampler(7).propose(space, 1)).toEqual(first);
  expect(new RandomSampler(7).propose(space, 3)).toEqual(third);
  expect(first).not.toEqual(third);
  expect(new RandomSampler(8).propose(space, 1)).not.toEqual(first);
});

test('another dimension, or another order of them, leaves the draws of the rest alone', () => {
  const { rate, share } = space as Required<SearchSpace>;
  const alone = new RandomSampler(7).propose({ share, rate } as SearchSpace, 5);
  expect(new RandomSampler(7).propose(space, 5)).toMatchObject(alone);
});

test('floats keep to their range, and fill it evenly', () => {
  const values = draws('share') as number[];
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
  expect(Math.max(...values)).toBeLessThan(3);
  for (const edge of [0, 1, 2]) {
    expect(shareOf(values, (value) => value < edge)).toBeCloseTo((edge + 1) / 4, 1);
  }
});

test('a logarithmic range gives each decade as many draws', () => {
  const values = draws('rate') as number[];
  expect(Math.min(...values)).toBeGreaterThanOrEqual(1e-4);
  expect(Math.max(...values)).toBeLessThanOrEqual(1e2);
  for (let decade = -4; decade < 2; decade++) {
    const within = shareOf(values, (value) => Math.floor(Math.log10(value)) === decade);
    expect(Math.abs(within - 1 / 6), `decade ${decade}`).toBeLessThan(0.03);
  }
});

test('whole numbers reach both ends of their range, and each as often', () => {
  const values = draws('units') as number[];
  expect([...new Set(values)].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
  for (const each of [1, 2, 3, 4]) {
    expect(Math.abs(shareOf(values, (value) => value === each) - 0.25)).toBeLessThan(0.03);
  }
});

test('logarithmic whole numbers are whole, in range, and small ones come as often as large', () => {
  const values = draws('rows') as number[];
  expect(values.every((value) => Number.isInteger(value) && value >= 1 && value <= 1000)).toBe(
    true,
  );
  const small = shareOf(values, (value) => value < 32);
  expect(small).toBeGreaterThan(0.4);
  expect(small).toBeLessThan(0.6);
});

test('choices are drawn with equal chances', () => {
  const values = draws('shape').map((value) => JSON.stringify(value));
  for (const option of ['[32]', '[64,32]', '"none"']) {
    expect(Math.abs(shareOf(values, (value) => value === option) - 1 / 3)).toBeLessThan(0.03);
  }
});

const { ensemble: _, ...searched } = estimators;

test.each(Object.values(searched))("what is drawn from $name's own space is valid", (estimator) => {
  const task = estimator.tasks[0] ?? 'regression';
  const shape = { task, width: 10, classes: task === 'regression' ? 0 : 2, classCounts: [] };
  const sampler = new RandomSampler(1);
  for (const rows of [100, 10_000]) {
    const own = estimator.space(shape, rows);
    for (let number = 0; number < 50; number++) {
      const proposed = sampler.propose(own, number);
      expect(Object.keys(proposed).sort()).toEqual(Object.keys(own).sort());
      expect(parseHyperparameters(estimator, proposed)).toMatchObject(proposed);
    }
  }
});
