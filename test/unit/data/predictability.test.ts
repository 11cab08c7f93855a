import { describe, expect, test } from 'vitest';
import { predictability } from '../../../src/ml/data/predictability.ts';
import { RandomStream } from '../../../src/ml/random.ts';

const ROWS = 400;
const random = new RandomStream(3, 'test-predictability');
const noise = Float64Array.from({ length: ROWS }, () => random.normal());
const codes = noise.map((value) => (value > 0.4 ? 1 : 0));

describe('a column that predicts a class by itself', () => {
  test('is found by its values, by what is missing in it, and where few rows differ', () => {
    expect(predictability(noise, codes, 2)).toBeGreaterThan(0.98);
    const gaps = codes.map((code, row) =>
      code === 1 ? Number.NaN : (noise[(row * 7) % ROWS] as number),
    );
    expect(predictability(gaps, codes, 2)).toBe(1);
    const unlike = codes.map((code, row) => (row % 200 === 7 ? 1 - code : code));
    expect(predictability(unlike, codes, 2)).toBeGreaterThan(0.98);
  });

  test('is not one that is merely good, or that says what most rows are', () => {
    const blurred = noise.map((value) => value + 0.5 * random.normal());
    expect(predictability(blurred, codes, 2)).toBeNull();
    const rare = codes.map((_, row) => (row % 100 === 3 ? 1 : 0));
    expect(predictability(noise, rare, 2)).toBeNull();
    const names = codes.map((_, row) => row);
    expect(
      predictability(
        names,
        codes.map(() => random.below(2)),
        2,
      ),
    ).toBeNull();
  });
});

describe('a column that predicts a value by itself', () => {
  test('is found by a straight line, and by any other', () => {
    expect(
      predictability(
        noise,
        noise.map((value) => 3 * value - 7),
        0,
      ),
    ).toBeGreaterThan(0.999);
    const months = noise.map((_, row) => row % 12);
    expect(
      predictability(
        months,
        months.map((month) => Math.sin(month)),
        0,
      ),
    ).toBeGreaterThan(0.99);
  });

  test('is not one that leaves a tenth of the variance', () => {
    const target = noise.map((value) => value + 0.33 * random.normal());
    expect(predictability(noise, target, 0)).toBeNull();
  });
});
