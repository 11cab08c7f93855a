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
