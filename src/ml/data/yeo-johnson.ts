/** Exponents that are tried. */
export interface PowerRange {
  readonly low: number;
  readonly high: number;
}

/** Of numbers; beyond, hardly more of a tail goes. */
export const INPUT_POWERS: PowerRange = { low: -2, high: 4 };
/** Of targets: between these every number that a model may say is one of a target. */
export const TARGET_POWERS: PowerRange = { low: 0, high: 2 };

/** Numbers that the exponent is chosen by: every n-th, where there are more. */
const MOST_NUMBERS = 20_000;
/** Exponents are odd multiples of it, so that none is 0 or 2, where the formula is another one. */
const GRAIN = 0.01;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Yeo and Johnson, "A new family of power transformations to improve normality or symmetry", Biometrika
 * 2000: ((1 + x)^λ − 1)/λ from 0 on, −((1 − x)^(2−λ) − 1)/(2−λ) below.
 */
export const yeoJohnson = (value: number, power: number): number =>
  value < 0 ? -((1 - value) ** (2 - power) - 1) / (2 - power) : ((1 + value) ** power - 1) / power;

/** What `yeoJohnson` was taken of; infinite beyond what it comes to. */
export function inverseYeoJohnson(value: number, power: number): number {
  const [size, exponent] = value < 0 ? [-value, 2 - power] : [value, power];
  const grown = Math.max(0, size * exponent + 1) ** (1 / exponent) - 1;
  return value < 0 ? -grown : grown;
}

/** The exponent of the largest profile likelihood, by golden sections. */
export function likeliestPower(
  given: readonly number[] | Float64Array,
  { low, high }: PowerRange,
): number {
  const stride = Math.ceil(given.length / MOST_NUMBERS);
  const numbers = Float64Array.from(
    { length: Math.ceil(given.length / stride) },
    (_, i) => given[i * stride] as number,
  );
  const places = Math.round((high - low) / (2 * GRAIN)) - 1;
  const powerAt = (place: number) => low + (2 * place + 1) * GRAIN;
  const at = highest(places, (place) => logLikelihood(numbers, powerAt(place)));
  return Number(powerAt(at).toFixed(2));
}

/** Of 0 … `last`, where a function that rises and falls once is highest. */
function highest(last: number, of: (place: number) => number): number {
  let [low, high] = [0, last];
  while (high - low > 2) {
    const section = Math.max(1, Math.round((high - low) * (1 - GOLDEN)));
    const [left, right] = [low + section, Math.max(low + section + 1, high - section)];
    if (of(left) >= of(right)) high = right;
    else low = left;
  }
  const values = Array.from({ length: high - low + 1 }, (_, i) => of(low + i));
  return low + values.indexOf(Math.max(...values));
}

/** Without what is the same for every exponent: −n/2 · ln σ² + (λ − 1) · Σ sign(x)·ln(1 + |x|). */
function logLikelihood(numbers: Float64Array, power: number): number {
  const count = numbers.length;
  let [mean, squares, logs] = [0, 0, 0];
  numbers.forEach((value, i) => {
    const bent = yeoJohnson(value, power);
    const delta = bent - mean;
    mean += delta / (i + 1);
    squares += delta * (bent - mean);
    logs += Math.sign(value) * Math.log1p(Math.abs(value));
  });
  const likelihood = (-count / 2) * Math.log(squares / count) + (power - 1) * logs;
  return Number.isFinite(likelihood) ? likelihood : Number.NEGATIVE_INFINITY;
}
