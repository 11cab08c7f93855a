import type { Calibration, Problem } from '../../schemas/problem.ts';

/** What is decided between: by the problem's weights of classes, where it has any. */
export type Deciding = Pick<Problem, 'classes' | 'decision'>;

/** Index of the class of each row whose weighted probability is the largest; the first of equals. Outputs: [rows, classes]. */
export function predictedClasses(
  outputs: Float64Array,
  { classes: { length: classes }, decision }: Deciding,
): Int32Array {
  const predicted = new Int32Array(outputs.length / classes);
  for (let row = 0; row < predicted.length; row++) {
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < classes; index++) {
      const value = (outputs[row * classes + index] as number) * (decision?.[index] ?? 1);
      if (value > most) [best, most] = [index, value];
    }
    predicted[row] = best;
  }
  return predicted;
}

/** Probabilities [rows, classes] whose largest is the class that is decided for. */
export function weighProbabilities(
  outputs: Float64Array,
  { classes: { length: classes }, decision }: Deciding,
): Float64Array {
  if (decision === undefined) return outputs;
  const weighted = outputs.map((value, i) => value * (decision[i % classes] as number));
  for (let start = 0; start < weighted.length; start += classes) {
    const row = weighted.subarray(start, start + classes);
    const total = row.reduce((sum, value) => sum + value, 0);
    if (total > 0) row.forEach((value, i) => (row[i] = value / total));
  }
  return weighted;
}

/** What is done with a model's probabilities; absent where they stay, and the likeliest class is decided for. */
export interface HowToDecide {
  readonly calibration?: Calibration | undefined;
  /** Weights of classes. */
  readonly decision?: readonly number[] | undefined;
}

/** The problem with what was chosen for a model's probabilities and decisions. */
export const decidedBy = (problem: Problem, { calibration, decision }: HowToDecide): Problem => ({
  ...problem,
  ...(calibration && { calibration }),
  ...(decision && { decision: [...decision] }),
});
