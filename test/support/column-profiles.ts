import { ColumnProfile } from '../../src/ml/data/column-profile.ts';

/** The profile of a column with these cells, in rows 1, 2, 3, … */
export function profileOf(
  cells: readonly unknown[],
  { name = 'x', missing = [] }: { name?: string; missing?: readonly string[] } = {},
): ColumnProfile {
  const profile = new ColumnProfile(name, new Set(missing));
  cells.forEach((cell, index) => profile.add(cell, index + 1));
  return profile;
}

/** Cells made from their index. */
export const cellsOf = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** All that can be asked of a profile, and what it would keep: Object.is tells −0 from 0. */
export const essence = (profile: ColumnProfile) => ({
  ...Object.fromEntries(Object.entries(profile)),
  counts: [...profile.counts],
  std: profile.std,
  distinctShare: profile.distinctShare,
  distinctIsExact: profile.distinctIsExact,
  quantiles: [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1].map((q) => profile.quantile(q)),
  snapshot: profile.snapshot(),
});
