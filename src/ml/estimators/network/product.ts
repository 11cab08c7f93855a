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

/** Columns up to which a product of long rows is slower than its transpose, but for one: that is one with a vector. */
const FEW_COLUMNS = 12;
/** Terms of a sum from which on that is worth the transposing. */
const LONG_ROW = 128;

/**
 * Product of rows with a kernel [inputs, units]. What blocks a product of few columns leaves idle, its transpose fills: a
 * fifth of the time for 1,000 inputs and two units.
 */
export function throughKernel(tf: TensorFlow, rows: Tensor2D, kernel: Tensor2D): Tensor2D {
  const [inputs, units] = kernel.shape;
  return hasOneDnn(tf) && inputs >= LONG_ROW && units > 1 && units <= FEW_COLUMNS
    ? tf.transpose(product(tf, tf.transpose(kernel), rows, 'b'))
    : product(tf, rows, kernel);
}
