import { InputError } from '../../errors.ts';
import type { Split } from '../../schemas/job.ts';
import { RandomStream } from '../random.ts';
import { groupRows, required, type SplitCells, sortedByTime } from './split-rows.ts';

/** Which part a row belongs to. */
export const Part = { fit: 0, validation: 1, test: 2, dropped: 3 } as const;

/**
 * The test rows, decided before anything else is. A random split looks at no cell at all, so that
 * nothing that stands in the test rows can change which rows they are.
 */
export function chooseTestRows(split: Split, cells: SplitCells, seed: number): Uint8Array {
  const parts = new Uint8Array(cells.rows).fill(Part.fit);
  switch (split.kind) {
    case 'random':
      markFirst(parts, new RandomStream(seed, 'split/test').permutation(cells.rows), split.test);
      break;
    case 'stratified':
      markStrata(parts, groupRows(cells.target), split.test, seed, 'split/test', Part.test);
      break;
    case 'time':
      markLatest(parts, sortedByTime(cells, split.column), split.test, Part.test);
      break;
    case 'group':
      markGroups(parts, groupRows(required(cells)), split.test, seed, 'split/test', Part.test);
      break;
    case 'column':
      markNamed(parts, required(cells), split.column);
      break;
    case 'file':
      // The test rows stand in their own file.
      break;
  }
  return parts;
}

/** The validation rows among the training rows that are left, by the same kind of split. */
export function chooseValidationRows(
  parts: Uint8Array,
  split: Split,
  cells: SplitCells,
  seed: number,
  isClassification: boolean,
): void {
  if (parts.includes(Part.validation)) return;
  const training = rowsOf(parts, Part.fit);
  const share = split.validation;
  if (split.kind === 'time') {
    const wanted = new Set(training);
    const sorted = sortedByTime(cells, split.column).filter((row) => wanted.has(row));
    markLatest(parts, sorted, share, Part.validation);
  } else if (split.kind === 'group') {
    const groups = groupRows(required(cells), training);
    markGroups(parts, groups, share, seed, 'split/validation', Part.validation);
  } else if (isClassification) {
    const strata = groupRows(cells.target, training);
    markStrata(parts, strata, share, seed, 'split/validation', Part.validation);
  } else {
    const order = new RandomStream(seed, 'split/validation').permutation(training.length);
    const count = Math.round(share * training.length);
    for (const index of order.subarray(0, count))
      parts[training[index] as number] = Part.validation;
  }
}

/** Rows of a part, in order. */
export function rowsOf(parts: Uint8Array, part: number): number[] {
  const rows: number[] = [];
  for (let row = 0; row < parts.length; row++) if (parts[row] === part) rows.push(row);
  return rows;
}

function markFirst(parts: Uint8Array, order: Uint32Array, share: number): void {
  const count = Math.round(share * parts.length);
  for (const row of order.subarray(0, count)) parts[row] = Part.test;
}

/** The same share of every stratum; one row of it at least stays behind. */
function markStrata(
  parts: Uint8Array,
  strata: Map<string, number[]>,
  share: number,
  seed: number,
  purpose: string,
  part: number,
): void {
  for (const [value, rows] of strata) {
    const order = new RandomStream(seed, `${purpose}/${value}`).permutation(rows.length);
    const count = Math.min(rows.length - 1, Math.round(share * rows.length));
    for (const index of order.subarray(0, Math.max(count, 0))) parts[rows[index] as number] = part;
  }
}

/** Whole groups in random order, until the share is reached; one group at least stays behind. */
function markGroups(
  parts: Uint8Array,
  groups: Map<string, number[]>,
  share: number,
  seed: number,
  purpose: string,
  part: number,
): void {
  const members = [...groups.values()];
  const total = members.reduce((sum, rows) => sum + rows.length, 0);
  const order = new RandomStream(seed, purpose).permutation(members.length);
  let marked = 0;
  for (const index of order.subarray(0, Math.max(0, members.length - 1))) {
    if (marked >= share * total) return;
    const rows = members[index] as number[];
    for (const row of rows) parts[row] = part;
    marked += rows.length;
  }
}

function markLatest(
  parts: Uint8Array,
  sorted: readonly number[],
  share: number,
  part: number,
): void {
  const count = Math.round(share * sorted.length);
  for (const row of sorted.slice(sorted.length - count)) parts[row] = part;
}

const PART_NAMES: Readonly<Record<string, number>> = {
  train: Part.fit,
  training: Part.fit,
  fit: Part.fit,
  validation: Part.validation,
  valid: Part.validation,
  val: Part.validation,
  test: Part.test,
};

/** The part that a cell names, if it names one. */
export const partNamed = (name: string | null | undefined): number | undefined =>
  PART_NAMES[name?.toLowerCase() ?? ''];

function markNamed(parts: Uint8Array, names: readonly (string | null)[], column: string): void {
  names.forEach((name, row) => {
    const part = partNamed(name);
    if (part === undefined) {
      throw new InputError({
        code: 'UnknownPart',
        field: 'split.column',
        value: name,
        expected: `train, validation or test in '${column}'; row ${row + 1} has another value`,
        remedy: 'Mend this row, or choose another split.',
      });
    }
    parts[row] = part;
  });
}
