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

/** Mean, population deviation, and the third standardised moment; that is 0 where nothing varies. */
function momentsOf(numbers: readonly number[]) {
  const mean = numbers.reduce((sum, value) => sum + value / numbers.length, 0);
  let [squares, cubes] = [0, 0];
  for (const value of numbers) {
    const delta = value - mean;
    squares += delta ** 2 / numbers.length;
    cubes += delta ** 3 / numbers.length;
  }
  const std = Math.sqrt(squares);
  return { mean, std, skewness: std > 0 ? cubes / std ** 3 : 0 };
}
