import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import { hasNativeBackend, nativeBackend } from '../../graph/native-backend.ts';

/** What flows through a sigmoid, from its value: flowing · y (1 − y). */
export const throughSigmoid = <T extends Tensor>(tf: TensorFlow, value: T, flowing: T): T =>
  hasNativeBackend(tf)
    ? throughNative(tf, 'SigmoidGrad', value, flowing)
    : tf.mul(tf.mul(flowing, value), tf.sub(1, value));

/** What flows through a tanh, from its value: flowing · (1 − y²). */
export const throughTanh = <T extends Tensor>(tf: TensorFlow, value: T, flowing: T): T =>
  hasNativeBackend(tf)
    ? throughNative(tf, 'TanhGrad', value, flowing)
    : tf.mul(flowing, tf.sub(1, tf.square(value)));

/** One pass over the numbers instead of three. */
function throughNative<T extends Tensor>(tf: TensorFlow, op: string, value: T, flowing: T): T {
  const backend = nativeBackend(tf);
  const { TF_ATTR_TYPE: type = 0, TF_FLOAT: float32 } = backend.binding;
  const attributes = [{ name: 'T', type, value: float32 }];
  return backend.executeSingleOutput(op, attributes, [value, flowing]) as T;
}
