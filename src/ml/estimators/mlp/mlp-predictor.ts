import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { MlpHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { TensorFlow } from '../../backend.ts';
import type { Weights } from '../../weights.ts';
import type { Predictor, ProblemShape } from '../estimator.ts';
import { forward, type Layer } from './network.ts';

const LARGEST_CHUNK = 256;
/** Kernels treat odd rows at the end of a matrix in another way: none are left over in 16s. */
const ROW_MULTIPLE = 16;

export function mlpPredictor(
  tf: TensorFlow,
  { width, classes }: ProblemShape,
  { activation }: MlpHyperparameters,
  weights: Weights,
): Predictor {
  const depth = weights.length / 2;
  const tensors = weights.map(({ values, shape }) => tf.tensor(values, [...shape], 'float32'));
  const layers: Layer[] = Array.from({ length: depth }, (_, i) => ({
    kernel: tensors[i] as Tensor2D,
    bias: tensors[depth + i] as Tensor1D,
  }));
  const outputs = Math.max(1, classes);

  /** Features of at most 256 rows, padded with zero rows to a multiple of 16. */
  function predictChunk(features: Float32Array, rows: number): Float32Array {
    const padded = new Float32Array(Math.ceil(rows / ROW_MULTIPLE) * ROW_MULTIPLE * width);
    padded.set(features);
    return tf.tidy(() => {
      const batch = tf.tensor2d(padded, [padded.length / width, width]);
      const { scores } = forward(tf, layers, batch, activation);
      return (classes > 0 ? tf.softmax(scores) : scores).dataSync<'float32'>();
    });
  }

  return {
    encoding: 'one-hot',
    predict(features, rows) {
      const result = new Float64Array(rows * outputs); // [rows, outputs]
      for (let start = 0; start < rows; start += LARGEST_CHUNK) {
        const end = Math.min(rows, start + LARGEST_CHUNK);
        const chunk = predictChunk(features.subarray(start * width, end * width), end - start);
        result.set(chunk.subarray(0, (end - start) * outputs), start * outputs);
      }
      return result;
    },
    dispose: () => tf.dispose(tensors),
  };
}
