import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import { hasNativeBackend, nativeBackend } from '../../graph/native-backend.ts';

/** Sums [..., units] with a bias [units] each: TensorFlow's own op need not broadcast as addition does. */
export const addBias = <T extends Tensor>(tf: TensorFlow, sums: T, bias: Tensor1D): T =>
  hasNativeBackend(tf) ? (run(tf, 'BiasAdd', [sums, bias]) as T) : tf.add(sums, bias);

/** Gradient by the bias [units], from that by the sums [..., units]: its sum over all but the units. */
export const biasGradient = (tf: TensorFlow, bySums: Tensor): Tensor1D =>
  hasNativeBackend(tf)
    ? (run(tf, 'BiasAddGrad', [bySums]) as Tensor1D)
    : tf.sum(
        bySums,
        Array.from({ length: bySums.rank - 1 }, (_, axis) => axis),
      );

function run(tf: TensorFlow, op: string, inputs: Tensor[]): Tensor {
  const backend = nativeBackend(tf);
  const { TF_ATTR_TYPE: type = 0, TF_ATTR_STRING: string = 0, TF_FLOAT: value } = backend.binding;
  const attributes = [
    { name: 'T', type, value },
    { name: 'data_format', type: string, value: 'NHWC' },
  ];
  return backend.executeSingleOutput(op, attributes, inputs);
}
