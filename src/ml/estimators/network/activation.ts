import type { Tensor } from '@tensorflow/tfjs';
import type { MlpHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { TensorFlow } from '../../backend.ts';
import { hasNativeBackend, runFloat32 } from '../../graph/native-backend.ts';

export type Activation = MlpHyperparameters['activation'];

export const activate = <T extends Tensor>(tf: TensorFlow, sum: T, activation: Activation): T =>
  activation === 'relu' ? tf.relu(sum) : tf.tanh(sum);

/** Times the derivative of the activation, from its value: relu gives 0 or 1, tanh 1 − a². */
export function throughActivation<T extends Tensor>(
  tf: TensorFlow,
  flowing: T,
  active: T,
  activation: Activation,
): T {
  if (activation === 'tanh') return tf.mul(flowing, tf.sub(1, tf.square(active)));
  if (!hasNativeBackend(tf)) return tf.mul(flowing, tf.sign(active));
  return runFloat32(tf, 'ReluGrad', [flowing, active]) as T;
}

/**
 * Bound of a uniform distribution: He's before relu (ICCV 2015), Glorot's before tanh and outputs
 * (AISTATS 2010).
 * @param fan inputs and outputs that meet in one unit
 */
export const initialLimit = (
  activation: Activation | 'none',
  fan: { readonly inputs: number; readonly outputs: number },
): number =>
  activation === 'relu' ? Math.sqrt(6 / fan.inputs) : Math.sqrt(6 / (fan.inputs + fan.outputs));
