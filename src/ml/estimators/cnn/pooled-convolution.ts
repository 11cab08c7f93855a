import type { Tensor4D } from '@tensorflow/tfjs';
import type { Arithmetic } from '../../../schemas/training.ts';
import type { TensorFlow } from '../../backend.ts';
import { convolveBlocks, fallIntoBlocks } from './blocked-convolution.ts';
import {
  convolve,
  convolvesByOneDnn,
  filterGradient,
  inputGradient,
  isOnGpu,
} from './convolution.ts';
import { maxPool, windowSides } from './pooling.ts';

/** A convolution with max pooling after it, and the way back. */
export interface PooledConvolution {
  readonly pooled: Tensor4D; // [batch, windows high, windows wide, filters]
  /** Gradients, from that by `pooled`. */
  back(flowing: Tensor4D): {
    readonly byKernel: Tensor4D;
    /** Undefined of the first convolution, whose images are what the network is given. */
    readonly byImages?: () => Tensor4D;
  };
}

interface Options {
  readonly arithmetic: Arithmetic;
  readonly isFirst: boolean;
}

export function convolveAndPool(
  tf: TensorFlow,
  images: Tensor4D,
  kernel: Tensor4D,
  { arithmetic, isFirst }: Options,
): PooledConvolution {
  const byEigen = !convolvesByOneDnn(tf, arithmetic) && !isOnGpu(tf);
  if (isFirst && byEigen && fallIntoBlocks(images)) return convolveBlocks(tf, images, kernel);
  const convolved = convolve(tf, images, kernel, arithmetic);
  const { pooled, gradient } = maxPool(tf, convolved, windowSides(convolved));
  return {
    pooled,
    back(flowing) {
      const byConvolved = gradient(flowing);
      return {
        byKernel: filterGradient(tf, images, byConvolved, kernel, arithmetic),
        byImages: () => inputGradient(tf, images, byConvolved, kernel, arithmetic),
      };
    },
  };
}
