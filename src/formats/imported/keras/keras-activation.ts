import type { Tensor } from '@tensorflow/tfjs';
import { z } from 'zod';
import type { TensorFlow } from '../../../ml/backend.ts';

/** Activations that are imported, by Keras' names. `hard_sigmoid` is not the same in all of its releases. */
export const KerasActivation = z.enum([
  ...['linear', 'relu', 'relu6', 'tanh', 'sigmoid', 'softmax', 'softplus', 'softsign'],
  ...['elu', 'selu', 'silu', 'swish', 'exponential'],
] as const);
export type KerasActivation = z.infer<typeof KerasActivation>;

export function activate(tf: TensorFlow, name: KerasActivation, inputs: Tensor): Tensor {
  switch (name) {
    case 'linear':
      return inputs;
    case 'relu':
      return tf.relu(inputs);
    case 'relu6':
      return tf.relu6(inputs);
    case 'tanh':
      return tf.tanh(inputs);
    case 'sigmoid':
      return tf.sigmoid(inputs);
    case 'softmax':
      return tf.softmax(inputs);
    case 'softplus':
      return tf.softplus(inputs);
    case 'softsign':
      return tf.div(inputs, tf.add(tf.abs(inputs), 1));
    case 'elu':
      return tf.elu(inputs);
    case 'selu':
      return tf.selu(inputs);
    case 'silu':
    case 'swish':
      return tf.mul(inputs, tf.sigmoid(inputs));
    case 'exponential':
      return tf.exp(inputs);
  }
}
