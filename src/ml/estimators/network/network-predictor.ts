import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import type { Weights } from '../../weights.ts';
import type { Predictor, ProblemShape } from '../estimator.ts';
import type { Network } from './network.ts';

const LARGEST_CHUNK = 240;
/**
 * Kernels treat odd rows at the end of a matrix in another way. They take 16, 24 or 48 at once, by the
 * CPU, of rows or of places in images: none are left over in 48s.
 */
const ROW_MULTIPLE = 48;

export function networkPredictor(
  tf: TensorFlow,
  network: Network,
  { width, classes }: ProblemShape,
  weights: Weights,
): Predictor {
  const arrays: Tensor[] = weights.map(({ values, shape }) =>
    tf.tensor(values, [...shape], 'float32'),
  );
  const outputs = Math.max(1, classes);

  /** Features of at most 240 rows, padded with zero rows to a multiple of 48. */
  function predictChunk(features: Float32Array, rows: number): Float32Array {
    const padded = new Float32Array(Math.ceil(rows / ROW_MULTIPLE) * ROW_MULTIPLE * width);
    padded.set(features);
    return tf.tidy(() => {
      const batch = tf.tensor2d(padded, [padded.length / width, width]);
      const { scores } = network.forward(tf, arrays, batch, { masks: [], arithmetic: 'exact' });
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
    dispose: () => tf.dispose(arrays),
  };
}
