import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs';
import type { ImageSize } from '../../../schemas/image.ts';
import type { TensorFlow } from '../../backend.ts';
import { type Activation, activate, throughActivation } from '../network/activation.ts';
import { addBias, biasGradient } from '../network/bias.ts';
import type { ArrayShape, PassOptions } from '../network/network.ts';
import { convolveAndPool, type PooledConvolution } from './pooled-convolution.ts';
import { windowsAlong } from './pooling.ts';

/** One block, by the images that it is given. */
export interface BlockSize {
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly filters: number;
  readonly kernel: KernelSize;
}

/** Of the windows of convolutions; 1 high for series. */
export interface KernelSize {
  readonly height: number;
  readonly width: number;
}

export interface ConvBlock {
  readonly kernel: Tensor4D; // [height, width, inputs, filters]
  readonly bias: Tensor1D; // [filters]
}

export function blockSizes(
  { height, width, channels }: ImageSize,
  filters: readonly number[],
  kernel: KernelSize,
): BlockSize[] {
  let [h, w, inputs] = [height, width, channels as number];
  return filters.map((count) => {
    const size = { height: h, width: w, inputs, filters: count, kernel };
    [h, w, inputs] = [windowsAlong(h), windowsAlong(w), count];
    return size;
  });
}

/** Values of a row after the last block. */
export const flatSize = (last: BlockSize): number =>
  windowsAlong(last.height) * windowsAlong(last.width) * last.filters;

export const kernelShape = ({ kernel, inputs, filters }: BlockSize, i: number): ArrayShape => ({
  name: `convolutions.${i}.kernel`,
  shape: [kernel.height, kernel.width, inputs, filters],
});

export const biasShape = ({ filters }: BlockSize, i: number): ArrayShape => ({
  name: `convolutions.${i}.bias`,
  shape: [filters],
});

export interface ConvGradients {
  readonly kernels: readonly Tensor1D[];
  readonly biases: readonly Tensor1D[];
}

interface BlockOptions extends Pick<PassOptions, 'arithmetic'> {
  readonly activation: Activation;
}

/** What a block gave, kept for the backward pass. */
interface Trace {
  readonly convolution: PooledConvolution;
  readonly active: Tensor4D;
}

/**
 * Images [batch, height, width, channels] through convolution, bias, activation and max pooling,
 * and the way back. Bias and activation never change which of two values is the larger one, so
 * pooling comes before them: the same values, bit for bit, at a quarter of the work.
 */
export function throughBlocks(
  tf: TensorFlow,
  blocks: readonly ConvBlock[],
  images: Tensor4D,
  options: BlockOptions,
): { features: Tensor4D; gradients(flowing: Tensor4D): ConvGradients } {
  const traces: Trace[] = [];
  let inputs = images;
  for (const [i, { kernel, bias }] of blocks.entries()) {
    const { arithmetic } = options;
    const convolution = convolveAndPool(tf, inputs, kernel, { arithmetic, isFirst: i === 0 });
    inputs = activate(tf, addBias(tf, convolution.pooled, bias), options.activation);
    traces.push({ convolution, active: inputs });
  }
  return {
    features: inputs,
    gradients: (flowing) => backThroughBlocks(tf, traces, flowing, options),
  };
}

function backThroughBlocks(
  tf: TensorFlow,
  traces: readonly Trace[],
  flowing: Tensor4D,
  { activation }: BlockOptions,
): ConvGradients {
  const kernels: Tensor1D[] = [];
  const biases: Tensor1D[] = [];
  let above = flowing;
  for (const { convolution, active } of traces.toReversed()) {
    const bySum = throughActivation(tf, above, active, activation);
    biases.unshift(biasGradient(tf, bySum));
    const { byKernel, byImages } = convolution.back(bySum);
    kernels.unshift(tf.reshape(byKernel, [-1]));
    if (kernels.length < traces.length && byImages !== undefined) above = byImages();
  }
  return { kernels, biases };
}
