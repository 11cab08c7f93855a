import type { Batch } from '../../training/training-data.ts';
import type { ProblemShape } from '../estimator.ts';

/** Weight of each class: rows / (classes × rows of the class), so that all classes count alike. */
export function balancedWeights(classCounts: readonly number[]): number[] {
  const rows = classCounts.reduce((sum, count) => sum + count, 0);
  return classCounts.map((count) => rows / (classCounts.length * Math.max(1, count)));
}

/** What the outputs of a batch should be, and how much each of its rows counts. */
export interface BatchTargets {
  /** [rows, outputs], one-hot for classes */
  readonly wanted: Float32Array;
  /** [rows]; undefined where all count 1 */
  readonly rowWeights: Float32Array | undefined;
}

export function batchTargets(
  { rows, targets }: Batch,
  { classes }: ProblemShape,
  classWeights: readonly number[] | undefined,
): BatchTargets {
  if (classes === 0) return { wanted: new Float32Array(targets), rowWeights: undefined };
  const wanted = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++) wanted[row * classes + (targets[row] as number)] = 1;
  return {
    wanted,
    rowWeights: classWeights && Float32Array.from(targets, (label) => classWeights[label] ?? 1),
  };
}

/** Sum over the rows of weighted squared error, or cross-entropy, of outputs [rows, outputs]. */
export function batchLoss(
  outputs: ArrayLike<number>,
  { wanted, rowWeights }: BatchTargets,
  { classes }: ProblemShape,
): number {
  let loss = 0;
  for (let i = 0; i < wanted.length; i++) {
    const output = outputs[i] as number;
    if (classes === 0) {
      loss += (output - (wanted[i] as number)) ** 2;
    } else if (wanted[i] === 1) {
      // NaN goes through, so that a divergence is seen.
      const probability = output < 1e-7 ? 1e-7 : output;
      loss -= (rowWeights?.[Math.floor(i / classes)] ?? 1) * Math.log(probability);
    }
  }
  return loss;
}
