/** Added to each count, so that an empty bin gives no infinity. */
const SMOOTHING = 0.5;
/** Standard normal quantile of 0.999. */
const Z = 3.0902;

/**
 * Population stability index of two histograms over the same bins: Σ (a − e) ln(a / e), with a and
 * e the shares of each bin (Siddiqi, "Credit Risk Scorecards", 2006).
 */
export function populationStability(
  expected: readonly number[],
  actual: readonly number[],
): number {
  const e = shares(expected);
  const a = shares(actual);
  return e.reduce((sum, share, bin) => {
    const other = a[bin] as number;
    return sum + (other - share) * Math.log(other / share);
  }, 0);
}

/**
 * What the index exceeds once in a thousand comparisons of samples of one population: it is
 * distributed as (1/n + 1/m) χ² with one degree less than there are bins (Yurdakul and Naranjo,
 * "Statistical properties of the population stability index", 2020).
 */
export function stabilityByChance(expectedRows: number, actualRows: number, bins: number): number {
  if (bins < 2) return 0;
  return (1 / expectedRows + 1 / actualRows) * chiSquareQuantile(bins - 1);
}

function shares(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count + SMOOTHING, 0);
  return counts.map((count) => (count + SMOOTHING) / total);
}

/** 0.999 quantile by the approximation of Wilson and Hilferty (1931). */
function chiSquareQuantile(degrees: number): number {
  const spread = 2 / (9 * degrees);
  return degrees * (1 - spread + Z * Math.sqrt(spread)) ** 3;
}
