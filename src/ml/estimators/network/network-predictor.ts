import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import type { Weights } from '../../weights.ts';
import type { Predictor, ProblemShape } from '../estimator.ts';
import { type Network, prepareArrays } from './network.ts';

/**
 * Rows that are predicted at once, always as many: kernels add in an order that depends on how many
 * rows there are, and on the threads that these are worth. They treat odd rows at the end of a matrix in
 * another way, and take 16, 24 or 48 at once, by the CPU, of rows or of places in images: none are
 * left over in 48s.
 */
const CHUNK_ROWS = 240;
/** Of networks of which a row takes so long that few of them are worth a call. */
const COSTLY_CHUNK_ROWS = 48;
const COSTLY_MULTIPLICATIONS = 2 ** 16;

export function networkPredictor(
  tf: TensorFlow,
  network: Network,
  { width, classes }: ProblemShape,
  weights: Weights,
): Predictor {
  const arrays: Tensor[] = weights.map(({ values, shape }) =>
    tf.tensor(values, [...shape], 'float32'),
  );
  const prepared = tf.tidy(() => [...prepareArrays(tf, network, arrays).arrays]);
  const outputs = Math.max(1, classes);
  const chunkRows =
    network.multiplications < COSTLY_MULTIPLICATIONS ? CHUNK_ROWS : COSTLY_CHUNK_ROWS;

  /** Features of at most a chunk's rows, padded with zero rows. */
  function predictChunk(features: Float32Array): Float32Array {
    const padded = new Float32Array(chunkRows * width);
    padded.set(features);
    return tf.tidy(() => {
      const batch = tf.tensor2d(padded, [chunkRows, width]);
      const { scores } = network.forward(tf, prepared, batch, { masks: [] });
      return (classes > 0 ? tf.softmax(scores) : scores).dataSync<'float32'>();
    });
  }

  return {
    encoding: 'one-hot',
    predict(features, rows) {
      const result = new Float64Array(rows * outputs); // [rows, outputs]
      for (let start = 0; start < rows; start += chunkRows) {
        const end = Math.min(rows, start + chunkRows);
        const chunk = predictChunk(features.subarray(start * width, end * width));
        result.set(chunk.subarray(0, (end - start) * outputs), start * outputs);
      }
      return result;
    },
    dispose: () => tf.dispose([...arrays, ...prepared]),
  };
}
