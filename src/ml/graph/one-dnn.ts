import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend.ts';
import {
  hasNativeBackend,
  isOnGpu,
  type NativeAttribute,
  nativeBackend,
} from './native-backend.ts';
import { unrecorded } from './record.ts';

let found: boolean | undefined;

/**
 * Whether TensorFlow's build has oneDNN's kernels and runs on the CPU, whose memory they read. They
 * can be called by their names where its switch for all ops is off.
 */
export function hasOneDnn(tf: TensorFlow): boolean {
  found ??= hasNativeBackend(tf) && !isOnGpu(tf) && multipliesByOneDnn(tf);
  return found;
}

function multipliesByOneDnn(tf: TensorFlow): boolean {
  return unrecorded(() =>
    tf.tidy(() => {
      const one = tf.ones<typeof tf.Rank.R2>([1, 1]);
      try {
        return oneDnnProduct(tf, one, one, { a: false, b: false }).dataSync()[0] === 1;
      } catch {
        return false;
      }
    }),
  );
}

/** Product of matrices, of which each may be transposed. */
export function oneDnnProduct<T extends Tensor>(
  tf: TensorFlow,
  a: T,
  b: T,
  transposed: { readonly a: boolean; readonly b: boolean },
): T {
  const { TF_ATTR_BOOL: type = 0 } = nativeBackend(tf).binding;
  const attributes = [
    { name: 'transpose_a', type, value: transposed.a },
    { name: 'transpose_b', type, value: transposed.b },
  ];
  return runOneDnn(tf, '_MklMatMul', [a, b], attributes)[0] as T;
}

/** An op of float32 that TensorFlow's rewriting of graphs would else put in an op's place. */
export function runOneDnn(
  tf: TensorFlow,
  op: string,
  inputs: TensorInfo[],
  attributes: readonly NativeAttribute[],
  outputs = 1,
): Tensor[] {
  const backend = nativeBackend(tf);
  const { TF_ATTR_STRING: string = 0, TF_ATTR_TYPE: type = 0, TF_FLOAT: float32 } = backend.binding;
  const all: NativeAttribute[] = [
    ...attributes,
    { name: 'T', type, value: float32 },
    // The label under which these kernels are registered.
    { name: '_kernel', type: string, value: 'MklNameChangeOp' },
  ];
  return backend.executeMultipleOutputs(op, all, inputs, outputs);
}
