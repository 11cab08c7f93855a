import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend.ts';
import { countOf, withBatch } from './batch-size.ts';
import type { HostValues, TensorSpec } from './training-step.ts';

/** What all steps share, as a tensor whose first size is told by how many values there are. */
export function sharedTensor(
  tf: TensorFlow,
  { dtype, shape }: TensorSpec,
  values: HostValues,
): Tensor {
  return tf.tensor(values, withBatch(shape, values.length / countOf(shape, 1)), dtype);
}
