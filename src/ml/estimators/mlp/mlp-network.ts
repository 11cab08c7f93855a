import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { MlpHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { ProblemShape } from '../estimator.ts';
import {
  biasShapes,
  type DenseLayer,
  drawKernels,
  kernelCount,
  kernelShapes,
  layerSizes,
  throughDense,
} from '../network/dense-layers.ts';
import type { Network } from '../network/network.ts';

/** Fully connected layers, one after another. */
export function mlpNetwork(
  { width, classes }: ProblemShape,
  { hiddenLayers, activation }: Pick<MlpHyperparameters, 'hiddenLayers' | 'activation'>,
): Network {
  const sizes = layerSizes(width, hiddenLayers, Math.max(1, classes));
  const biases = sizes.reduce((sum, { units }) => sum + units, 0);
  return {
    arrays: [...kernelShapes(sizes), ...biasShapes(sizes)],
    maskedUnits: hiddenLayers,
    multiplications: kernelCount(sizes),
    initialise(seed) {
      const values = new Float32Array(kernelCount(sizes) + biases);
      drawKernels(values, 0, sizes, { activation, seed, firstStream: 0 });
      return values;
    },
    forward(tf, arrays, features, options) {
      const layers = layersOf(arrays);
      const { scores, gradients } = throughDense(tf, layers, features, { ...options, activation });
      return {
        scores,
        gradients(delta) {
          const { kernels, biases } = gradients(delta);
          return [...kernels, ...biases];
        },
      };
    },
  };
}

/** Kernels, then as many biases. */
function layersOf(arrays: readonly Tensor[]): DenseLayer[] {
  const depth = arrays.length / 2;
  return arrays.slice(0, depth).map((kernel, i) => ({
    kernel: kernel as Tensor2D,
    bias: arrays[depth + i] as Tensor1D,
  }));
}
