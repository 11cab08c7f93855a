import { InputError } from '../../errors.ts';
import { parseDate, parseNumber } from './cell.ts';

/** The cells that a split may look at: one for each row; null where missing. */
export interface SplitCells {
  readonly rows: number;
  /** Of the target. */
  readonly target: readonly (string | null)[];
  /** Of the column that the split names; absent where it names none. */
  readonly column: readonly (string | null)[] | undefined;
}

/** Rows by value, in the order in which values appear. */
export function groupRows(
  values: readonly (string | null)[],
  rows: readonly number[] = values.map((_, row) => row),
): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const value = values[row] ?? '';
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [row]);
    else group.push(row);
  }
  return groups;
}

/** Rows from the earliest to the latest; equal times in the order of the file. */
export function sortedByTime(cells: SplitCells, column: string): number[] {
  const times = required(cells).map((text, row) => {
    const time = text === null ? null : (parseDate(text) ?? parseNumber(text));
    if (time !== null) return time;
    throw new InputError({
      code: 'NotATime',
      field: 'split.column',
      value: text,
      expected: `dates or numbers in '${column}'; row ${row + 1} has none`,
      remedy: 'Split by another column, or mend this row.',
    });
  });
  return times
    .map((_, row) => row)
    .sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
}

export function required({ column }: SplitCells): readonly (string | null)[] {
  if (column === undefined) throw new TypeError('The split needs the cells of its column.');
  return column;
}
