import type { TargetScale } from '../schemas/prepared-data.ts';

export type Activation = 'linear' | 'relu' | 'tanh' | 'softmax';

/** activation(x · kernel + bias) */
export interface DenseLayer {
  readonly inputs: number;
  readonly units: number;
  /** [inputs, units], row-major */
  readonly kernel: Float32Array | Float64Array;
  /** [units] */
  readonly bias: Float32Array | Float64Array;
  readonly activation: Activation;
}

/** Features [rows, width] through dense layers: what linear models and MLPs come down to. */
export interface Network {
  readonly width: number;
  /** What the model computes in; formats that know float32 alone round its weights. */
  readonly precision: 'float32' | 'float64';
  readonly layers: readonly DenseLayer[];
  /** Regression only: how the last layer's output comes back to original units. */
  readonly targetScale: TargetScale | null;
}

/** Outputs of the last layer. */
export const outputsOf = ({ layers }: Network): number => (layers.at(-1) as DenseLayer).units;

/** How the last layer's output has to be scaled back; null where it is in original units. */
export const rescalingOf = ({ targetScale }: Pick<Network, 'targetScale'>): TargetScale | null =>
  targetScale === null ||
  (targetScale.scale === 1 &&
    targetScale.shift === 0 &&
    !targetScale.log &&
    targetScale.power === undefined)
    ? null
    : targetScale;

/**
 * Runs a network that was read back from a file: features [rows, width] to [rows, outputs]. Layers
 * of single precision are summed in single precision, as the format's own runtime would do it.
 */
export function runNetwork(network: Network, features: Float32Array, rows: number): Float64Array {
  let values: ArrayLike<number> = features;
  for (const layer of network.layers) values = runLayer(layer, values, rows);
  const outputs = Float64Array.from(values);
  if (network.targetScale === null) return outputs;
  const { scale, shift, log } = network.targetScale;
  return outputs.map((value) => {
    const unscaled = value * scale + shift;
    return log ? Math.expm1(unscaled) : unscaled;
  });
}

function runLayer(layer: DenseLayer, inputs: ArrayLike<number>, rows: number): Float64Array {
  const { units, kernel, bias, activation } = layer;
  const round = kernel instanceof Float32Array ? Math.fround : (value: number) => value;
  const outputs = new Float64Array(rows * units); // [rows, units]
  for (let row = 0; row < rows; row++) {
    const scores = outputs.subarray(row * units, (row + 1) * units);
    for (let unit = 0; unit < units; unit++) {
      let sum = bias[unit] as number;
      for (let i = 0; i < layer.inputs; i++) {
        const input = inputs[row * layer.inputs + i] as number;
        sum = round(sum + round(input * (kernel[i * units + unit] as number)));
      }
      scores[unit] = sum;
    }
    activate(scores, activation);
  }
  return outputs;
}

function activate(scores: Float64Array, activation: Activation): void {
  if (activation === 'linear') return;
  if (activation === 'softmax') {
    const largest = Math.max(...scores);
    const exponentials = scores.map((score) => Math.exp(score - largest));
    const total = exponentials.reduce((sum, each) => sum + each, 0);
    scores.set(exponentials.map((each) => each / total));
    return;
  }
  const apply = activation === 'relu' ? (value: number) => Math.max(0, value) : Math.tanh;
  scores.set(scores.map(apply));
}

/** The same matrix with rows and columns exchanged: [rows, columns] to [columns, rows]. */
export function transpose<T extends Float32Array | Float64Array>(
  values: T,
  rows: number,
  columns: number,
): T {
  const turned = values.slice() as T;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = values[row * columns + column] as number;
    }
  }
  return turned;
}
