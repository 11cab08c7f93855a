import { expect } from 'vitest';

/** Asserts that two lists of numbers agree, each within an absolute tolerance. */
export function expectClose(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++) {
    const difference = Math.abs((found[i] as number) - (expected[i] as number));
    const label = `[${i}]: ${found[i]} should be ${expected[i]} within ${tolerance}`;
    expect(difference, label).toBeLessThanOrEqual(tolerance);
  }
}
