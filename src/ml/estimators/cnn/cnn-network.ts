import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { CnnHyperparameters } from '../../../schemas/hyperparameters.ts';
import { type ImageSize, valuesIn } from '../../../schemas/image.ts';
import { RandomStream } from '../../random.ts';
import type { ProblemShape } from '../estimator.ts';
import { initialLimit } from '../network/activation.ts';
import {
  biasShapes,
  type DenseLayer,
  drawKernels,
  kernelCount,
  kernelShapes,
  layerSizes,
  throughDense,
} from '../network/dense-layers.ts';
import { type Network, sizeOf } from '../network/network.ts';
import {
  type BlockSize,
  biasShape,
  blockSizes,
  type ConvBlock,
  flatSize,
  type KernelSize,
  kernelShape,
  throughBlocks,
} from './conv-blocks.ts';

interface Layout extends Pick<CnnHyperparameters, 'filters' | 'hiddenLayers' | 'activation'> {
  /** A number for windows as high as they are wide. */
  readonly kernelSize: number | KernelSize;
}

/**
 * Blocks of convolution, activation and max pooling on the image, then fully connected layers on
 * what they give and on the features beside the image, if there are any.
 */
export function cnnNetwork(shape: ProblemShape, image: ImageSize, layout: Layout): Network {
  const { activation, kernelSize } = layout;
  const kernel =
    typeof kernelSize === 'number' ? { height: kernelSize, width: kernelSize } : kernelSize;
  const blocks = blockSizes(image, layout.filters, kernel);
  const pixels = valuesIn(image);
  const beside = shape.width - pixels;
  const inputs = flatSize(blocks.at(-1) as BlockSize) + beside;
  const sizes = layerSizes(inputs, layout.hiddenLayers, Math.max(1, shape.classes));
  const kernels = [...blocks.map(kernelShape), ...kernelShapes(sizes)];
  const biases = [...blocks.map(biasShape), ...biasShapes(sizes)];
  const total = (arrays: typeof kernels) =>
    arrays.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

  return {
    arrays: [...kernels, ...biases],
    maskedUnits: layout.hiddenLayers,
    multiplications:
      kernelCount(sizes) +
      blocks.reduce((sum, block, i) => {
        return sum + block.height * block.width * sizeOf(kernelShape(block, i).shape);
      }, 0),
    initialise(seed) {
      const values = new Float32Array(total(kernels) + total(biases));
      const end = drawFilters(values, blocks, activation, seed);
      drawKernels(values, end, sizes, { activation, seed, firstStream: blocks.length });
      return values;
    },
    forward(tf, arrays, features, options) {
      const { convolutions, layers } = toLayers(arrays, blocks.length);
      const [image2d, rest] =
        beside === 0
          ? [features]
          : (tf.split(features, [pixels, beside], 1) as [Tensor2D, Tensor2D]);
      const images: Tensor4D = tf.reshape(image2d, [-1, image.height, image.width, image.channels]);
      const conv = throughBlocks(tf, convolutions, images, activation);
      const flat: Tensor2D = tf.reshape(conv.features, [-1, inputs - beside]);
      const joined = rest === undefined ? flat : tf.concat([flat, rest], 1);
      const dense = throughDense(tf, layers, joined, { ...options, activation });
      return {
        scores: dense.scores,
        gradients(delta) {
          const above = dense.gradients(delta);
          const byJoined = above.features();
          const [byFlat] =
            beside === 0 ? [byJoined] : tf.split(byJoined, [inputs - beside, beside], 1);
          const below = conv.gradients(tf.reshape(byFlat as Tensor2D, conv.features.shape));
          return [...below.kernels, ...above.kernels, ...below.biases, ...above.biases];
        },
      };
    },
  };
}

/** Kernels of blocks and layers, then as many biases. */
function toLayers(
  arrays: readonly Tensor[],
  blocks: number,
): { convolutions: ConvBlock[]; layers: DenseLayer[] } {
  const depth = arrays.length / 2;
  const pairs = arrays
    .slice(0, depth)
    .map((kernel, i) => ({ kernel, bias: arrays[depth + i] as Tensor1D }));
  return {
    convolutions: pairs.slice(0, blocks) as unknown as ConvBlock[],
    layers: pairs.slice(blocks) as unknown as DenseLayer[],
  };
}

/** Draws the filters of all blocks; gives where they end. */
function drawFilters(
  values: Float32Array,
  blocks: readonly BlockSize[],
  activation: CnnHyperparameters['activation'],
  seed: number,
): number {
  let end = 0;
  blocks.forEach(({ kernel, inputs, filters }, block) => {
    const window = kernel.height * kernel.width;
    const fan = { inputs: window * inputs, outputs: window * filters };
    const limit = initialLimit(activation, fan);
    const stream = new RandomStream(seed, 'initialise', [block]);
    const count = window * inputs * filters;
    for (let i = 0; i < count; i++) values[end++] = limit * (2 * stream.uniform() - 1);
  });
  return end;
}
