import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs';
import type { ImageSize } from '../../../schemas/image.ts';
import type { TensorFlow } from '../../backend.ts';
import { type Activation, activate, throughActivation } from '../network/activation.ts';
import { addBias, biasGradient } from '../network/bias.ts';
import type { ArrayShape } from '../network/network.ts';
import { convolutionOn } from './convolution.ts';
import { maxPool, type Pooling, windowsAlong } from './pooling.ts';

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
  readonly kernels: readonly Tensor4D[];
  readonly biases: readonly Tensor1D[];
}

/** What a block was given and gave, kept for the backward pass. */
interface Trace {
  readonly block: ConvBlock;
  readonly images: Tensor4D;
  readonly pooling: Pooling;
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
  activation: Activation,
): { features: Tensor4D; gradients(flowing: Tensor4D): ConvGradients } {
  const convolution = convolutionOn(tf);
  const traces: Trace[] = [];
  let inputs = images;
  for (const block of blocks) {
    const pooling = maxPool(tf, convolution.forward(tf, inputs, block.kernel));
    const active = activate(tf, addBias(tf, pooling.pooled, block.bias), activation);
    traces.push({ block, images: inputs, pooling, active });
    inputs = active;
  }
  return {
    features: inputs,
    gradients: (flowing) => backThroughBlocks(tf, traces, flowing, activation),
  };
}

function backThroughBlocks(
  tf: TensorFlow,
  traces: readonly Trace[],
  flowing: Tensor4D,
  activation: Activation,
): ConvGradients {
  const convolution = convolutionOn(tf);
  const kernels: Tensor4D[] = [];
  const biases: Tensor1D[] = [];
  let above = flowing;
  for (const { block, images, pooling, active } of traces.toReversed()) {
    const bySum = throughActivation(tf, above, active, activation);
    biases.unshift(biasGradient(tf, bySum));
    const byConvolved = pooling.gradient(bySum);
    kernels.unshift(convolution.byKernel(tf, images, byConvolved, block.kernel));
    // The images of the first one are what the network is given.
    if (kernels.length < traces.length) {
      above = convolution.byImages(tf, images, byConvolved, block.kernel);
    }
  }
  return { kernels, biases };
}
