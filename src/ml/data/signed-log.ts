import { INPUT_POWERS, inverseYeoJohnson, likeliestPower, yeoJohnson } from './yeo-johnson.ts';

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

/** How numbers are bent; neither: they stay as they are. */
interface Way {
  readonly log?: true | undefined;
  /** Exponent of Yeo and Johnson. */
  readonly power?: number | undefined;
}

/** How long-tailed numbers are bent, and mean and deviation of what comes out. */
export interface Bend {
  readonly log?: true;
  readonly power?: number;
  readonly shift: number;
  readonly scale: number;
}

/** Long-tailed numbers by logarithm, or by the likeliest power, where that makes them much less skewed; else null. */
export function bendSkewed(
  numbers: readonly number[] | Float64Array,
  by: 'log' | 'power',
): Bend | null {
  if (numbers.length < FEWEST_NUMBERS) return null;
  const { skewness } = momentsOf(numbers);
  if (Math.abs(skewness) < SKEWED) return null;
  const how =
    by === 'log' ? { log: true as const } : { power: likeliestPower(numbers, INPUT_POWERS) };
  const bent = momentsOf(Float64Array.from(numbers, (value) => bend(value, how)));
  const isBetter =
    Math.abs(bent.skewness) <= MUCH_LESS * Math.abs(skewness) &&
    bent.std > 0 &&
    Number.isFinite(bent.std);
  return isBetter ? { ...how, shift: bent.mean, scale: bent.std } : null;
}

/** A number by its logarithm, its power, or as it is. */
export function bend(value: number, { log, power }: Way): number {
  if (log === true) return signedLog(value);
  return power === undefined ? value : yeoJohnson(value, power);
}

/** What `bend` was given. */
export function unbend(value: number, { log, power }: Way): number {
  if (log === true) return signedExp(value);
  return power === undefined ? value : inverseYeoJohnson(value, power);
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
