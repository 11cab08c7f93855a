import type { Problem } from '../../schemas/problem.ts';
import { RandomStream } from '../random.ts';

/** What models say of rows that they were not trained on. */
export interface Validated {
  readonly problem: Problem;
  readonly truth: Float64Array;
  /** [rows, classes] */
  readonly outputs: Float64Array;
}

const PARTS = 5;

/**
 * Rows to choose by, and others to try the choice on: what was chosen by rows looks too good on them.
 * Each of five such pairs tries it on another fifth.
 * @param purpose names the draw
 */
export function choicesAndTrials(
  rows: number,
  seed: number,
  purpose: string,
): { readonly chosenBy: readonly number[]; readonly others: readonly number[] }[] {
  const order = [...new RandomStream(seed, purpose).permutation(rows)];
  return Array.from({ length: PARTS }, (_, part) => ({
    chosenBy: order.filter((_, i) => i % PARTS !== part),
    others: order.filter((_, i) => i % PARTS === part),
  }));
}

/** Some of the rows. */
export function pickValidated(
  { problem, truth, outputs }: Validated,
  rows: readonly number[],
): Validated {
  const classes = problem.classes.length;
  const picked = new Float64Array(rows.length * classes);
  rows.forEach((from, to) => {
    picked.set(outputs.subarray(from * classes, (from + 1) * classes), to * classes);
  });
  return {
    problem,
    truth: Float64Array.from(rows, (row) => truth[row] as number),
    outputs: picked,
  };
}
