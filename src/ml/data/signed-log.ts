/** Fewer numbers say nothing of their tails. */
const FEWEST_NUMBERS = 50;
/** Of an exponential distribution it is 2. */
const SKEWED = 2;
/** What the logarithm has to leave of it at most. */
const MUCH_LESS = 0.5;

/** ln(1 + x) for numbers from 0 on, and the same mirrored for those below. */
export const signedLog = (value: number): number => Math.sign(value) * Math.log1p(Math.abs(value));

/** What `signedLog` was taken of. */
export const signedExp = (value: number): number => Math.sign(value) * Math.expm1(Math.abs(value));

/** Mean and deviation of the logarithms of long-tailed numbers, where these are much less skewed; else null. */
export function bendSkewed(numbers: readonly number[]): { shift: number; scale: number } | null {
  if (numbers.length < FEWEST_NUMBERS) return null;
  const { skewness } = momentsOf(numbers);
  if (Math.abs(skewness) < SKEWED) return null;
  const bent = momentsOf(numbers.map(signedLog));
  const isBetter = Math.abs(bent.skewness) <= MUCH_LESS * Math.abs(skewness) && bent.std > 0;
  return isBetter ? { shift: bent.mean, scale: bent.std } : null;
}

/** Range, mean, population deviation, and the third standardised moment; that is 0 where nothing varies. */
export function momentsOf(numbers: readonly number[] | Float64Array) {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let mean = 0;
  for (const value of numbers) mean += value / numbers.length;
  let [squares, cubes] = [0, 0];
  for (const value of numbers) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    const delta = value - mean;
    squares += delta ** 2 / numbers.length;
    cubes += delta ** 3 / numbers.length;
  }
  const std = Math.sqrt(squares);
  return { min, max, mean, std, skewness: std > 0 ? cubes / std ** 3 : 0 };
}
