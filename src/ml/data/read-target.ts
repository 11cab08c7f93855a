import type { Problem } from '../../schemas/problem.ts';
import { cellText, isPlaceholder, levelName } from './cell.ts';
import { readNumber } from './written-number.ts';

/**
 * Reads cells of a target as a problem knows them: a value, or the index of its class; null for what
 * is missing, or what the problem does not know.
 */
export function targetReader(
  { task, classes, numbers }: Problem,
  furtherMissing: ReadonlySet<string>,
): (cell: unknown) => number | null {
  const codes = new Map(classes.map((name, code) => [name, code]));
  return (cell) => {
    const text = cellText(cell, furtherMissing);
    if (text === null) return null;
    if (task !== 'regression') return codes.get(levelName(text)) ?? null;
    return isPlaceholder(text) ? null : readNumber(cell, text, numbers);
  };
}
