import type { Tensor2D } from '@tensorflow/tfjs';
import type { Arithmetic } from '../../../schemas/training.ts';
import type { TensorFlow } from '../../backend.ts';
import { hasOneDnn, oneDnnProduct } from '../../graph/one-dnn.ts';

interface ProductOptions {
  readonly arithmetic: Arithmetic;
  readonly transposed?: 'a' | 'b';
}

/** Product of two matrices; in fast arithmetic by oneDNN, whose sums round in other places. */
export function product(
  tf: TensorFlow,
  a: Tensor2D,
  b: Tensor2D,
  { arithmetic, transposed }: ProductOptions,
): Tensor2D {
  const [ofA, ofB] = [transposed === 'a', transposed === 'b'];
  return arithmetic === 'fast' && hasOneDnn(tf)
    ? oneDnnProduct(tf, a, b, { a: ofA, b: ofB })
    : tf.matMul(a, b, ofA, ofB);
}
