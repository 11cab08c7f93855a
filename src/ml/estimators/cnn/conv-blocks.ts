import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs';
import type { ImageSize } from '../../../schemas/image.ts';
import type { TensorFlow } from '../../backend.ts';
import { type Activation, activate, throughActivation } from '../network/activation.ts';
import type { ArrayShape, PassOptions } from '../network/network.ts';
import { convolve, filterGradient, inputGradient } from './convolution.ts';
import { maxPool, poolGradient, windowsAlong } from './pooling.ts';

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
  readonly images: Tensor4D;
  readonly convolved: Tensor4D;
  readonly pooled: Tensor4D;
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
  for (const { kernel, bias } of blocks) {
    const convolved = convolve(tf, inputs, kernel, options.arithmetic);
    const pooled = maxPool(tf, convolved);
    const active = activate(tf, tf.add<Tensor4D>(pooled, bias), options.activation);
    traces.push({ images: inputs, convolved, pooled, active });
    inputs = active;
  }
  return {
    features: inputs,
    gradients: (flowing) => backThroughBlocks(tf, blocks, traces, flowing, options),
  };
}

function backThroughBlocks(
  tf: TensorFlow,
  blocks: readonly ConvBlock[],
  traces: readonly Trace[],
  flowing: Tensor4D,
  options: BlockOptions,
): ConvGradients {
  const kernels: Tensor1D[] = [];
  const biases: Tensor1D[] = [];
  let above = flowing;
  for (let i = blocks.length - 1; i >= 0; i--) {
    const { images, convolved, pooled, active } = traces[i] as Trace;
    const { kernel } = blocks[i] as ConvBlock;
    const bySum = throughActivation(tf, above, active, options);
    biases.unshift(tf.sum(bySum, [0, 1, 2]));
    const byConvolution = poolGradient(tf, bySum, { images: convolved, pooled });
    kernels.unshift(tf.reshape(filterGradient(tf, images, byConvolution, kernel.shape), [-1]));
    if (i > 0) {
      const { arithmetic } = options;
      above = inputGradient(tf, byConvolution, kernel, { inputShape: images.shape, arithmetic });
    }
  }
  return { kernels, biases };
}
