import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import { nativeBackend } from '../../graph/native-backend.ts';
import { hasOneDnn, runOneDnn } from '../../graph/one-dnn.ts';

/** The padding with which sizes stay: windows at the edges reach over zeros. */
const SAME = 'same';

/** Convolutions whose windows stand one pixel apart, and the ways back. */
export interface Convolution {
  /** [batch, height, width, inputs] and [high, wide, inputs, filters] to [batch, height, width, filters] */
  forward(tf: TensorFlow, images: Tensor4D, kernel: Tensor4D): Tensor4D;
  /** Gradient by the kernel, from that by what the convolution gave. */
  byKernel(tf: TensorFlow, images: Tensor4D, flowing: Tensor4D, kernel: Tensor4D): Tensor4D;
  /** Gradient by the images, from that by what the convolution gave. */
  byImages(tf: TensorFlow, images: Tensor4D, flowing: Tensor4D, kernel: Tensor4D): Tensor4D;
}

/** In half the time of TensorFlow's own kernels, where oneDNN is there. */
export const convolutionOn = (tf: TensorFlow): Convolution =>
  hasOneDnn(tf) ? ONE_DNN_CONVOLUTION : PLAIN_CONVOLUTION;

export const PLAIN_CONVOLUTION: Convolution = {
  forward: (tf, images, kernel) => tf.conv2d(images, kernel, 1, SAME),
  byKernel: (tf, x, dy, { shape: filterShape }) =>
    runKernel(tf, 'Conv2DBackpropFilter', { x, dy }, { filterShape }),
  byImages: (tf, { shape: inputShape }, dy, filter) =>
    runKernel(tf, 'Conv2DBackpropInput', { dy, filter }, { inputShape }),
};

export const ONE_DNN_CONVOLUTION: Convolution = {
  forward: (tf, images, kernel) => runByOneDnn(tf, 'Conv2D', [images, kernel]),
  byKernel: (tf, images, flowing, { shape }) =>
    runByOneDnn(tf, 'Conv2DBackpropFilter', [images, tf.tensor1d(shape, 'int32'), flowing]),
  byImages: (tf, { shape }, flowing, kernel) =>
    runByOneDnn(tf, 'Conv2DBackpropInput', [tf.tensor1d(shape, 'int32'), kernel, flowing]),
};

/** Whether convolutions can be trained: on native TensorFlow they can, on WebAssembly not. */
export const trainsConvolutions = (tf: TensorFlow): boolean =>
  tf.getKernel('Conv2DBackpropFilter', tf.getBackend()) !== undefined;

/** TensorFlow.js has these ops, but no function of its own for them. */
function runKernel(
  tf: TensorFlow,
  op: 'Conv2DBackpropFilter' | 'Conv2DBackpropInput',
  inputs: Readonly<Record<string, Tensor4D>>,
  form: Readonly<Record<string, unknown>>,
): Tensor4D {
  const attributes = { strides: [1, 1], dataFormat: 'NHWC', pad: SAME, ...form } as never;
  return tf.engine().runKernel<Tensor4D>(op, inputs, attributes);
}

function runByOneDnn(
  tf: TensorFlow,
  op: 'Conv2D' | 'Conv2DBackpropFilter' | 'Conv2DBackpropInput',
  inputs: Tensor[],
): Tensor4D {
  const { TF_ATTR_INT: int = 0, TF_ATTR_STRING: string = 0 } = nativeBackend(tf).binding;
  const [result] = runOneDnn(tf, `_MklNative${op}`, inputs, [
    { name: 'strides', type: int, value: [1, 1, 1, 1] },
    { name: 'dilations', type: int, value: [1, 1, 1, 1] },
    { name: 'padding', type: string, value: SAME.toUpperCase() },
    { name: 'data_format', type: string, value: 'NHWC' },
  ]);
  return result as Tensor4D;
}
