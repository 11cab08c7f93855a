import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import {
  hasNativeBackend,
  isOnGpu,
  nativeBackend,
  runFloat32,
} from '../../graph/native-backend.ts';

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

/**
 * Adds up rows [numbers, width] of which each belongs to a number: [count, width], zeros for a number that does not
 * occur. Sorted by number, eight rows are added in one pass; TensorFlow's sum of rows that are not is one pass for each.
 */
export function sumByNumber(
  tf: TensorFlow,
  numbers: Tensor1D,
  count: number,
): (rows: Tensor2D) => Tensor2D {
  if (!hasNativeBackend(tf) || isOnGpu(tf)) {
    return (rows) => tf.unsortedSegmentSum(rows, numbers, count);
  }
  const backend = nativeBackend(tf);
  const { TF_ATTR_TYPE: type = 0, TF_ATTR_BOOL: bool = 0, TF_INT32: int32 } = backend.binding;
  // The largest come first, and of equal ones the first: negated, numbers go up.
  const [negated, order] = backend.executeMultipleOutputs(
    'TopKV2',
    [
      { name: 'sorted', type: bool, value: true },
      { name: 'T', type, value: int32 },
    ],
    [tf.neg(numbers), tf.scalar(numbers.size, 'int32')],
    2,
  ) as [Tensor1D, Tensor1D];
  const segments = tf.neg(negated);
  const attributes = ['Tidx', 'Tnumsegments', 'Tsegmentids'].map((name) => {
    return { name, type, value: int32 };
  });
  return (rows) => {
    const inputs = [rows, order, segments, tf.scalar(count, 'int32')];
    return runFloat32(tf, 'SparseSegmentSumWithNumSegments', inputs, attributes) as Tensor2D;
  };
}
