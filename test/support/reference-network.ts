import type { Weights } from '../../src/ml/weights.ts';
import type { MlpHyperparameters } from '../../src/schemas/hyperparameters.ts';
import type { MemoryRows } from './memory-rows.ts';

interface ReferenceOptions extends Pick<MlpHyperparameters, 'activation' | 'l2'> {
  readonly classes: number;
  readonly classWeights?: readonly number[];
  /** Factors of each hidden layer's outputs, [rows × units]. */
  readonly masks?: readonly Float32Array[];
}

/**
 * What a network's training minimises: mean squared error or mean cross-entropy of each row times
 * its class's weight, plus l2 / 2 times the sum of squared kernels. Plain loops in float64.
 */
export function referenceLoss(
  weights: Weights,
  data: MemoryRows,
  { classes, activation, l2, classWeights, masks = [] }: ReferenceOptions,
): number {
  const depth = weights.length / 2;
  let loss = 0;
  for (let row = 0; row < data.rows; row++) {
    let signal = [...data.features.subarray(row * data.width, (row + 1) * data.width)];
    for (let layer = 0; layer < depth; layer++) {
      const sums = multiply(
        signal,
        weights[layer]?.values ?? [],
        weights[depth + layer]?.values ?? [],
      );
      const isHidden = layer < depth - 1;
      signal = sums.map((sum, unit) => {
        if (!isHidden) return sum;
        const active = activation === 'relu' ? Math.max(0, sum) : Math.tanh(sum);
        return active * (masks[layer]?.[row * sums.length + unit] ?? 1);
      });
    }
    loss += rowLoss(signal, data.targets[row] as number, classes, classWeights);
  }
  const kernels = weights.slice(0, depth).flatMap(({ values }) => [...values]);
  return loss / data.rows + (l2 / 2) * kernels.reduce((sum, value) => sum + value ** 2, 0);
}

/** signal · kernel + bias */
function multiply(
  signal: readonly number[],
  kernel: ArrayLike<number>,
  bias: ArrayLike<number>,
): number[] {
  return Array.from({ length: bias.length }, (_, unit) =>
    signal.reduce(
      (sum, value, input) => sum + value * (kernel[input * bias.length + unit] as number),
      bias[unit] as number,
    ),
  );
}

function rowLoss(
  scores: readonly number[],
  target: number,
  classes: number,
  classWeights: readonly number[] | undefined,
): number {
  if (classes === 0) return ((scores[0] as number) - target) ** 2;
  const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
  return (classWeights?.[target] ?? 1) * (Math.log(total) - (scores[target] as number));
}
