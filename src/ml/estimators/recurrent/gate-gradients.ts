import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import { hasNativeBackend, runFloat32 } from '../../graph/native-backend.ts';

/** What flows through a sigmoid, from its value: flowing · y (1 − y). A native op is one pass over the numbers instead of three. */
export const throughSigmoid = <T extends Tensor>(tf: TensorFlow, value: T, flowing: T): T =>
  hasNativeBackend(tf)
    ? (runFloat32(tf, 'SigmoidGrad', [value, flowing]) as T)
    : tf.mul(tf.mul(flowing, value), tf.sub(1, value));

/** What flows through a tanh, from its value: flowing · (1 − y²); likewise. */
export const throughTanh = <T extends Tensor>(tf: TensorFlow, value: T, flowing: T): T =>
  hasNativeBackend(tf)
    ? (runFloat32(tf, 'TanhGrad', [value, flowing]) as T)
    : tf.mul(flowing, tf.sub(1, tf.square(value)));
