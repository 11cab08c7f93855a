import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { MlpHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { Arithmetic } from '../../../schemas/training.ts';
import type { TensorFlow } from '../../backend.ts';
import { nativeBackend } from '../../graph/native-backend.ts';
import { RandomStream } from '../../random.ts';
import type { NamedArray, Weights } from '../../weights.ts';
import type { ProblemShape } from '../estimator.ts';

export interface LayerSize {
  readonly inputs: number;
  readonly units: number;
}

export interface Layer {
  readonly kernel: Tensor2D; // [inputs, units]
  readonly bias: Tensor1D; // [units]
}

type Activation = MlpHyperparameters['activation'];

/** Sizes of all layers, the last of which gives the outputs. */
export function layerSizes(shape: ProblemShape, hiddenLayers: readonly number[]): LayerSize[] {
  const units = [...hiddenLayers, Math.max(1, shape.classes)];
  return units.map((count, i) => ({
    inputs: i === 0 ? shape.width : (units[i - 1] ?? 0),
    units: count,
  }));
}

/** Where each array lies in the vector of all parameters: all kernels first, then all biases. */
export function parameterShapes(sizes: readonly LayerSize[]): Omit<NamedArray, 'values'>[] {
  return [
    ...sizes.map(({ inputs, units }, i) => ({
      name: `layers.${i}.kernel`,
      shape: [inputs, units],
    })),
    ...sizes.map(({ units }, i) => ({ name: `layers.${i}.bias`, shape: [units] })),
  ];
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export const kernelCount = (sizes: readonly LayerSize[]): number =>
  sizes.reduce((sum, { inputs, units }) => sum + inputs * units, 0);

/**
 * Biases zero; kernels uniform: He's for relu (ICCV 2015), Glorot's for tanh and the outputs
 * (AISTATS 2010).
 */
export function initialise(
  sizes: readonly LayerSize[],
  activation: Activation,
  seed: number,
): Float32Array {
  const biases = sizes.reduce((sum, { units }) => sum + units, 0);
  const values = new Float32Array(kernelCount(sizes) + biases);
  let offset = 0;
  sizes.forEach(({ inputs, units }, layer) => {
    const isHidden = layer < sizes.length - 1;
    const limit =
      isHidden && activation === 'relu' ? Math.sqrt(6 / inputs) : Math.sqrt(6 / (inputs + units));
    const stream = new RandomStream(seed, 'initialise', [layer]);
    for (let i = 0; i < inputs * units; i++) values[offset++] = limit * (2 * stream.uniform() - 1);
  });
  return values;
}

/** Cuts the vector of all parameters into named arrays (views of it). */
export function toWeights(values: Float32Array, sizes: readonly LayerSize[]): Weights {
  let offset = 0;
  return parameterShapes(sizes).map(({ name, shape }) => {
    const start = offset;
    offset += sizeOf(shape);
    return { name, shape, values: values.subarray(start, offset) };
  });
}

/** Cuts the vector of all parameters into the tensors of each layer. */
export function toLayers(tf: TensorFlow, values: Tensor1D, sizes: readonly LayerSize[]): Layer[] {
  const parts = tf.split(
    values,
    parameterShapes(sizes).map(({ shape }) => sizeOf(shape)),
  );
  return sizes.map(({ inputs, units }, i) => ({
    kernel: tf.reshape(parts[i] as Tensor1D, [inputs, units]),
    bias: parts[sizes.length + i] as Tensor1D,
  }));
}

/** What a layer gave, kept for the backward pass. */
interface Trace {
  readonly inputs: Tensor2D; // [batch, inputs]
  readonly active: Tensor2D; // [batch, units], before dropout
}

/**
 * Scores [batch, outputs] of features [batch, width], and the trace of each hidden layer.
 * `masks` are those of dropout, one for each hidden layer; none when predicting.
 */
export function forward(
  tf: TensorFlow,
  layers: readonly Layer[],
  features: Tensor2D,
  activation: Activation,
  masks: readonly Tensor2D[] = [],
): { scores: Tensor2D; traces: Trace[]; last: Tensor2D } {
  let inputs = features;
  const traces: Trace[] = [];
  for (const [i, { kernel, bias }] of layers.slice(0, -1).entries()) {
    const sum = tf.add(tf.matMul(inputs, kernel), bias);
    const active = (activation === 'relu' ? tf.relu(sum) : tf.tanh(sum)) as Tensor2D;
    traces.push({ inputs, active });
    const mask = masks[i];
    inputs = mask === undefined ? active : tf.mul(active, mask);
  }
  const { kernel, bias } = layers.at(-1) as Layer;
  return { scores: tf.add(tf.matMul(inputs, kernel), bias), traces, last: inputs };
}

interface BackwardOptions {
  readonly activation: Activation;
  readonly masks: readonly Tensor2D[];
  readonly arithmetic: Arithmetic;
}

/** Gradient of the loss as one vector, from its gradient by the scores `delta` [batch, outputs]. */
export function backward(
  tf: TensorFlow,
  layers: readonly Layer[],
  { traces, last }: { traces: readonly Trace[]; last: Tensor2D },
  delta: Tensor2D,
  { masks, ...options }: BackwardOptions,
): Tensor1D {
  const kernels: Tensor1D[] = [];
  const biases: Tensor1D[] = [];
  let flowing = delta;
  for (let i = layers.length - 1; i >= 0; i--) {
    const inputs = traces[i]?.inputs ?? last;
    kernels.unshift(tf.reshape(tf.matMul(inputs, flowing, true), [-1]));
    biases.unshift(tf.sum(flowing, 0));
    const below = traces[i - 1];
    if (below === undefined) break;
    const back: Tensor2D = tf.matMul(flowing, (layers[i] as Layer).kernel, false, true);
    const mask = masks[i - 1];
    const masked = mask === undefined ? back : tf.mul(back, mask);
    flowing = throughActivation(tf, masked as Tensor2D, below.active, options);
  }
  return tf.concat([...kernels, ...biases]);
}

/** Times the derivative of the activation, from its value: relu gives 0 or 1, tanh 1 − a². */
function throughActivation(
  tf: TensorFlow,
  flowing: Tensor2D,
  active: Tensor2D,
  { activation, arithmetic }: Omit<BackwardOptions, 'masks'>,
): Tensor2D {
  if (activation === 'tanh') return tf.mul(flowing, tf.sub(1, tf.square(active)));
  if (arithmetic === 'exact') return tf.mul(flowing, tf.sign(active));
  // One pass instead of two; it gives 0 where the product gives −0, or NaN for infinities.
  const backend = nativeBackend(tf);
  const { TF_ATTR_TYPE: type = 0, TF_FLOAT: value } = backend.binding;
  const inputs = [flowing, active];
  return backend.executeSingleOutput('ReluGrad', [{ name: 'T', type, value }], inputs) as Tensor2D;
}
