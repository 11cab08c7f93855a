import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import { hasNativeBackend, nativeBackend } from '../../graph/native-backend.ts';

/**
 * Rows of a table by their numbers: [numbers, width]. TensorFlow.js reads the numbers to check them,
 * and what is read can't be recorded; TensorFlow itself refuses those that are out of range.
 */
export function lookUp(tf: TensorFlow, table: Tensor2D, numbers: Tensor1D): Tensor2D {
  if (!hasNativeBackend(tf)) return tf.gather(table, numbers);
  const backend = nativeBackend(tf);
  const { TF_ATTR_TYPE: type = 0, TF_FLOAT: float32, TF_INT32: int32 } = backend.binding;
  const attributes = [
    { name: 'Tparams', type, value: float32 },
    { name: 'Tindices', type, value: int32 },
    { name: 'Taxis', type, value: int32 },
  ];
  const inputs = [table, numbers, tf.scalar(0, 'int32')];
  return backend.executeSingleOutput('GatherV2', attributes, inputs) as Tensor2D;
}
