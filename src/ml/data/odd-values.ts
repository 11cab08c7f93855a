import type { ColumnProfile } from './column-profile.ts';

const FEWEST_ROWS = 50;
const NEARLY_ALL = 0.995;
/** Quartile ranges beyond the quartiles: a normal distribution has nothing past 3. */
const FAR = 10;
const RATHER_FAR = 3;
/** More values than this far off are a long tail, and no outliers. */
const FEW = 0.01;
/** Numbers that stand for "missing" where they are the least or the greatest. */
const CODES = new Set([-1, -9, -99, -999, -9999, -99999, 99, 999, 9999, 99999, 999999].map(String));
const FEWEST_CODES = 3;

/** Numbers far from the rest, and codes for "missing" among them. */
export function describeOutliers(profile: ColumnProfile): { loud: string[]; quiet: string[] } {
  const { name, min, max, numbers } = profile;
  const [low, high] = [profile.quantile(0.25), profile.quantile(0.75)];
  const range = high - low;
  if (numbers < FEWEST_ROWS || range === 0) return { loud: [], quiet: [] };
  const loud: string[] = [];
  for (const extreme of new Set([min, max])) {
    const count = profile.countOf(String(extreme));
    const isFar = extreme < low - RATHER_FAR * range || extreme > high + RATHER_FAR * range;
    if (!isFar || count < FEWEST_CODES || !CODES.has(String(extreme))) continue;
    loud.push(
      `column '${name}': ${extreme} stands in ${count} rows, FAR FROM ALL OTHERS: if it means "missing", name it in columns.missing`,
    );
  }
  const bounds = [low - FAR * range, high + FAR * range] as const;
  const share = profile.shareOutside(...bounds);
  if (share === 0 || share > FEW || loud.length > 0) return { loud, quiet: [] };
  const [from, to] = bounds.map((bound) => Number(bound.toPrecision(3)));
  return {
    loud,
    quiet: [
      `column '${name}': ${Math.max(1, Math.round(share * numbers))} values lie far from the rest, outside ${from} to ${to} (least ${min}, greatest ${max}); they are kept: preprocess.normalise 'robust' bears them better`,
    ],
  };
}

/** A column that is the same in nearly all rows. */
export function describeNearConstant(profile: ColumnProfile): string[] {
  const [top] = profile.top(1);
  const { present, name } = profile;
  if (top === undefined || present < FEWEST_ROWS || top.count < NEARLY_ALL * present) return [];
  return [
    `column '${name}' is nearly constant: '${top.value}' in ${top.count} of ${present} values`,
  ];
}
