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
  if (!hasNativeBackend(tf)) return tf.matMul(a, b, ofA, ofB);
  if (arithmetic === 'fast' && hasOneDnn(tf)) return oneDnnProduct(tf, a, b, { a: ofA, b: ofB });
  // TensorFlow.js calls the op for stacks of matrices: the same bits, later.
  const backend = nativeBackend(tf);
  const { TF_ATTR_TYPE = 0, TF_ATTR_BOOL = 0, TF_FLOAT = 0 } = backend.binding;
  const attributes = [
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: 'transpose_a', type: TF_ATTR_BOOL, value: ofA },
    { name: 'transpose_b', type: TF_ATTR_BOOL, value: ofB },
  ];
  return backend.executeSingleOutput('MatMul', attributes, [a, b]) as Tensor2D;
}

/** The product in one arithmetic, for what multiplies often. */
export const productIn =
  (tf: TensorFlow, arithmetic: Arithmetic) =>
  (a: Tensor2D, b: Tensor2D, transposed?: 'a' | 'b'): Tensor2D =>
    product(tf, a, b, { arithmetic, ...(transposed !== undefined && { transposed }) });
