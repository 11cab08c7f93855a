import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import {
  hasNativeBackend,
  isOnGpu,
  nativeBackend,
  runFloat32,
} from '../../graph/native-backend.ts';

/** Sums [..., units] with a bias [units] each: TensorFlow's own op need not broadcast as addition does. */
export function addBias<T extends Tensor>(tf: TensorFlow, sums: T, bias: Tensor1D): T {
  if (!hasNativeBackend(tf)) return tf.add(sums, bias);
  const added = run(tf, 'BiasAdd', [rowsOf(tf, sums), bias]);
  return (added.rank === sums.rank ? added : tf.reshape(added, [-1, ...sums.shape.slice(1)])) as T;
}

/** Gradient by the bias [units], from that by the sums [..., units]: its sum over all but the units. */
export function biasGradient(tf: TensorFlow, bySums: Tensor): Tensor1D {
  if (hasNativeBackend(tf)) return run(tf, 'BiasAddGrad', [rowsOf(tf, bySums)]) as Tensor1D;
  const axes = Array.from({ length: bySums.rank - 1 }, (_, axis) => axis);
  return tf.sum(bySums, axes);
}

/**
 * On a GPU TensorFlow lays images out anew for these ops, in a graph but not op by op, and sums in another order then;
 * rows [.., units] it leaves as they are.
 */
const rowsOf = (tf: TensorFlow, all: Tensor): Tensor =>
  all.rank > 2 && isOnGpu(tf) ? tf.reshape(all, [-1, all.shape.at(-1) as number]) : all;

function run(tf: TensorFlow, op: string, inputs: Tensor[]): Tensor {
  const { TF_ATTR_STRING: type = 0 } = nativeBackend(tf).binding;
  return runFloat32(tf, op, inputs, [{ name: 'data_format', type, value: 'NHWC' }]);
}
