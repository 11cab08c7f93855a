import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import type { NamedArray, Weights } from '../../weights.ts';

export type ArrayShape = Omit<NamedArray, 'values'>;

/** One way through a network, and back. */
export interface Pass {
  readonly scores: Tensor2D; // [batch, outputs]
  /**
   * Gradients of the loss from that by the scores [batch, outputs]: by the arrays, in their order, or what the way back
   * through `prepare` takes. They are sums over the rows.
   */
  gradients(delta: Tensor2D): readonly Tensor[];
}

export interface PassOptions {
  /** Factors of dropout, [batch, units] for each of `maskedUnits`; none when predicting. */
  readonly masks: readonly Tensor2D[];
}

/** What a network makes of its arrays for all rows alike, before they go through it, and the way back. */
export interface PreparedArrays {
  readonly arrays: readonly Tensor[];
  /** Gradients by the network's own arrays, in their order, from what a pass gave. */
  gradients(ofPass: readonly Tensor[]): readonly Tensor[];
}

/** What a network is, apart from how it is trained. Its parameters lie in one vector. */
export interface Network {
  /** The arrays in the order of the vector: all kernels first, then all biases. */
  readonly arrays: readonly ArrayShape[];
  /** Units of each layer whose outputs dropout masks. */
  readonly maskedUnits: readonly number[];
  /** Of one row's forward pass. */
  readonly multiplications: number;
  /** The whole vector before training. */
  initialise(seed: number): Float32Array;
  /** What is done once, however many parts a batch has; none where `forward` takes the arrays as they are. */
  prepare?(tf: TensorFlow, arrays: readonly Tensor[]): PreparedArrays;
  /** @param arrays in the order of `arrays`, or what `prepare` gives @param features [batch, width] */
  forward(
    tf: TensorFlow,
    arrays: readonly Tensor[],
    features: Tensor2D,
    options: PassOptions,
  ): Pass;
}

/** A network's arrays as its `forward` takes them. */
export const prepareArrays = (
  tf: TensorFlow,
  network: Network,
  arrays: readonly Tensor[],
): PreparedArrays => network.prepare?.(tf, arrays) ?? { arrays, gradients: (ofPass) => ofPass };

/** A penalty shrinks kernels alone; biases have one dimension. */
export const isKernel = ({ shape }: ArrayShape): boolean => shape.length > 1;

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Cuts the vector of all parameters into named arrays (views of it). */
export function toWeights(values: Float32Array, { arrays }: Network): Weights {
  let offset = 0;
  return arrays.map(({ name, shape }) => {
    const start = offset;
    offset += sizeOf(shape);
    return { name, shape, values: values.subarray(start, offset) };
  });
}

/** The vector of all parameters, of named arrays of its shapes. */
export function fromWeights(weights: Weights, { arrays }: Network): Float32Array {
  const parts = arrays.map(({ name, shape }) => {
    const found = weights.find((each) => each.name === name);
    if (found?.shape.join() === shape.join()) return found.values;
    throw new RangeError(
      `Weights of ${name} [${found?.shape.join()}] where [${shape.join()}] are.`,
    );
  });
  const values = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    values.set(part, offset);
    offset += part.length;
  }
  return values;
}
