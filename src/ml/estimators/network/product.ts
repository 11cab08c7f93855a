import type { Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import { hasOneDnn, oneDnnProduct } from '../../graph/one-dnn.ts';

/** Product of two matrices, of which one may be transposed: by oneDNN where TensorFlow's build has it. */
export function product(
  tf: TensorFlow,
  a: Tensor2D,
  b: Tensor2D,
  transposed?: 'a' | 'b',
): Tensor2D {
  const [ofA, ofB] = [transposed === 'a', transposed === 'b'];
  return hasOneDnn(tf) ? oneDnnProduct(tf, a, b, { a: ofA, b: ofB }) : tf.matMul(a, b, ofA, ofB);
}
