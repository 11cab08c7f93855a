import type { Problem } from '../../schemas/problem.ts';

/** Fewer rows may be sorted by chance. */
const FEWEST_ROWS = 50;
/** Changes of class between one row and the next, as a share of what a random order has. */
const FEW_CHANGES = 0.05;
/** Steps from one row to the next that go the same way, or nowhere. */
const SAME_WAY = 0.99;

/**
 * Whether rows are sorted by their target; what to tell of it, or null.
 * @param targets of the training rows, in the order of the table: values, or indices of classes
 */
export function describeOrder(
  { target, classes }: Pick<Problem, 'target' | 'classes'>,
  targets: Float64Array,
): string | null {
  if (targets.length < FEWEST_ROWS) return null;
  const isSorted = classes.length > 0 ? changesSeldom(targets) : goesOneWay(targets);
  if (!isSorted) return null;
  return `the rows are SORTED BY THE TARGET '${target}': whatever takes rows from one end, such as a split by time, sees other targets than the rest`;
}

function changesSeldom(targets: Float64Array): boolean {
  /** Of each class, in the order of their first rows. */
  const counts = new Map<number, { rows: number }>();
  let changes = 0;
  let count = { rows: 0 };
  for (let row = 0; row < targets.length; row++) {
    const code = targets[row] as number;
    if (row === 0 || code !== targets[row - 1]) {
      if (row > 0) changes += 1;
      count = counts.get(code) ?? { rows: 0 };
      counts.set(code, count);
    }
    count.rows += 1;
  }
  const rows = targets.length;
  const alike = [...counts.values()].reduce((sum, own) => sum + (own.rows / rows) ** 2, 0);
  const usual = (rows - 1) * (1 - alike);
  return usual >= FEWEST_ROWS / 4 && changes <= Math.max(counts.size - 1, FEW_CHANGES * usual);
}

function goesOneWay(targets: Float64Array): boolean {
  let [up, down] = [0, 0];
  for (let row = 1; row < targets.length; row++) {
    const step = (targets[row] as number) - (targets[row - 1] as number);
    if (step >= 0) up += 1;
    if (step <= 0) down += 1;
  }
  const steps = targets.length - 1;
  const same = Math.max(up, down);
  // Of a target that hardly ever changes, both would be all steps.
  return same >= SAME_WAY * steps && Math.min(up, down) < SAME_WAY * steps;
}
