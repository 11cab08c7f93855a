import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import { RandomStream } from '../../random.ts';
import { type Activation, activate, initialLimit, throughActivation } from './activation.ts';
import { addBias, biasGradient } from './bias.ts';
import type { ArrayShape, PassOptions } from './network.ts';
import { product, throughKernel } from './product.ts';

export interface LayerSize {
  readonly inputs: number;
  readonly units: number;
}

export interface DenseLayer {
  readonly kernel: Tensor2D; // [inputs, units]
  readonly bias: Tensor1D; // [units]
}

/** Sizes of all layers, the last of which gives the outputs. */
export function layerSizes(
  inputs: number,
  hiddenLayers: readonly number[],
  outputs: number,
): LayerSize[] {
  const units = [...hiddenLayers, outputs];
  return units.map((count, i) => ({
    inputs: i === 0 ? inputs : (units[i - 1] ?? 0),
    units: count,
  }));
}

export const kernelShapes = (sizes: readonly LayerSize[]): ArrayShape[] =>
  sizes.map(({ inputs, units }, i) => ({ name: `layers.${i}.kernel`, shape: [inputs, units] }));

export const biasShapes = (sizes: readonly LayerSize[]): ArrayShape[] =>
  sizes.map(({ units }, i) => ({ name: `layers.${i}.bias`, shape: [units] }));

export const kernelCount = (sizes: readonly LayerSize[]): number =>
  sizes.reduce((sum, { inputs, units }) => sum + inputs * units, 0);

/**
 * Draws the kernels, one after another, from `offset` on; gives where they end.
 * @param firstStream number of the first layer's stream
 */
export function drawKernels(
  values: Float32Array,
  offset: number,
  sizes: readonly LayerSize[],
  options: {
    readonly activation: Activation;
    readonly seed: number;
    readonly firstStream: number;
  },
): number {
  let end = offset;
  sizes.forEach(({ inputs, units }, layer) => {
    const isHidden = layer < sizes.length - 1;
    const fan = { inputs, outputs: units };
    const limit = initialLimit(isHidden ? options.activation : 'none', fan);
    const stream = new RandomStream(options.seed, 'initialise', [options.firstStream + layer]);
    for (let i = 0; i < inputs * units; i++) values[end++] = limit * (2 * stream.uniform() - 1);
  });
  return end;
}

/** What a layer gave, kept for the backward pass. */
interface Trace {
  readonly inputs: Tensor2D; // [batch, inputs]
  readonly active: Tensor2D; // [batch, units], before dropout
}

interface DenseOptions extends PassOptions {
  readonly activation: Activation;
}

export interface DenseGradients {
  readonly kernels: readonly Tensor2D[];
  readonly biases: readonly Tensor1D[];
  /** By the features, [batch, inputs]: what flows to the layers below. */
  features(): Tensor2D;
}

/** Scores [batch, outputs] of features [batch, inputs], and the way back. */
export function throughDense(
  tf: TensorFlow,
  layers: readonly DenseLayer[],
  features: Tensor2D,
  options: DenseOptions,
): { scores: Tensor2D; gradients(delta: Tensor2D): DenseGradients } {
  let inputs = features;
  const traces: Trace[] = [];
  for (const [i, { kernel, bias }] of layers.slice(0, -1).entries()) {
    const sums = addBias(tf, throughKernel(tf, inputs, kernel), bias);
    const active = activate(tf, sums, options.activation);
    traces.push({ inputs, active });
    const mask = options.masks[i];
    inputs = mask === undefined ? active : tf.mul(active, mask);
  }
  const { kernel, bias } = layers.at(-1) as DenseLayer;
  return {
    scores: addBias(tf, throughKernel(tf, inputs, kernel), bias),
    gradients: (delta) => backThroughDense(tf, layers, { traces, last: inputs }, delta, options),
  };
}

function backThroughDense(
  tf: TensorFlow,
  layers: readonly DenseLayer[],
  { traces, last }: { readonly traces: readonly Trace[]; readonly last: Tensor2D },
  delta: Tensor2D,
  { masks, activation }: DenseOptions,
): DenseGradients {
  const kernels: Tensor2D[] = [];
  const biases: Tensor1D[] = [];
  let flowing = delta;
  const below = (layer: number): Tensor2D =>
    product(tf, flowing, (layers[layer] as DenseLayer).kernel, 'b');
  for (let i = layers.length - 1; i >= 0; i--) {
    const inputs = traces[i]?.inputs ?? last;
    kernels.unshift(kernelGradient(tf, inputs, flowing));
    biases.unshift(biasGradient(tf, flowing));
    const trace = traces[i - 1];
    if (trace === undefined) break;
    const back = below(i);
    const mask = masks[i - 1];
    const masked: Tensor2D = mask === undefined ? back : tf.mul(back, mask);
    flowing = throughActivation(tf, masked, trace.active, activation);
  }
  return { kernels, biases, features: () => below(0) };
}

/** Outputs up to which a product with many rows of them is slower than its transpose. */
const FEW_OUTPUTS = 16;

/** Gradient [inputs, units] by a kernel, from that [batch, units] by what the layer gave. */
function kernelGradient(tf: TensorFlow, inputs: Tensor2D, flowing: Tensor2D): Tensor2D {
  const units = flowing.shape[1];
  // One output is a product with a vector, which TensorFlow does as such.
  return units > 1 && units <= FEW_OUTPUTS
    ? tf.transpose(product(tf, flowing, inputs, 'a'))
    : product(tf, inputs, flowing, 'a');
}
