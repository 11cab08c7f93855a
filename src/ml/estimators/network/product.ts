import type { Tensor2D } from '@tensorflow/tfjs';
import type { Arithmetic } from '../../../schemas/training.ts';
import type { TensorFlow } from '../../backend.ts';
import { hasNativeBackend, nativeBackend } from '../../graph/native-backend.ts';
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

/**
 * The same product, to the same bits, by an op that is called sooner: some microseconds of what a small
 * product takes. No bias may be added to it, and no activation follow: TensorFlow's optimizer would join
 * them to an op that rounds elsewhere.
 */
export function quickProduct(
  tf: TensorFlow,
  a: Tensor2D,
  b: Tensor2D,
  options: ProductOptions,
): Tensor2D {
  if (!hasNativeBackend(tf) || options.arithmetic === 'fast') return product(tf, a, b, options);
  const backend = nativeBackend(tf);
  const { TF_ATTR_TYPE = 0, TF_ATTR_BOOL = 0, TF_FLOAT = 0 } = backend.binding;
  const attributes = [
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: 'transpose_a', type: TF_ATTR_BOOL, value: options.transposed === 'a' },
    { name: 'transpose_b', type: TF_ATTR_BOOL, value: options.transposed === 'b' },
  ];
  return backend.executeSingleOutput('MatMul', attributes, [a, b]) as Tensor2D;
}
