import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import {
  isOnGpu,
  type NativeAttribute,
  nativeBackend,
  runFloat32,
} from '../../graph/native-backend.ts';
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

/** oneDNN takes half the time of TensorFlow's own kernels, where it is there. */
export function convolutionOn(tf: TensorFlow): Convolution {
  if (hasOneDnn(tf)) return ONE_DNN_CONVOLUTION;
  return isOnGpu(tf) ? GPU_CONVOLUTION : PLAIN_CONVOLUTION;
}

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

/**
 * With the channels first, as cuDNN computes: images that have them last TensorFlow would lay out so by itself, in a
 * graph other ones than op by op, and round otherwise.
 */
const GPU_CONVOLUTION: Convolution = {
  forward: (tf, images, kernel) =>
    channelsLast(tf, runOnGpu(tf, 'Conv2D', [channelsFirst(tf, images), kernel])),
  byKernel: (tf, images, flowing, { shape }) =>
    runOnGpu(tf, 'Conv2DBackpropFilter', [
      channelsFirst(tf, images),
      tf.tensor1d(shape, 'int32'),
      channelsFirst(tf, flowing),
    ]),
  byImages: (tf, { shape: [batch, height, width, channels] }, flowing, kernel) => {
    const sizes = tf.tensor1d([batch, channels, height, width], 'int32');
    const inputs = [sizes, kernel, channelsFirst(tf, flowing)];
    return channelsLast(tf, runOnGpu(tf, 'Conv2DBackpropInput', inputs));
  },
};

const channelsFirst = (tf: TensorFlow, images: Tensor4D): Tensor4D =>
  tf.transpose(images, [0, 3, 1, 2]);

const channelsLast = (tf: TensorFlow, images: Tensor4D): Tensor4D =>
  tf.transpose(images, [0, 2, 3, 1]);

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

type ConvolutionOp = 'Conv2D' | 'Conv2DBackpropFilter' | 'Conv2DBackpropInput';

function runByOneDnn(tf: TensorFlow, op: ConvolutionOp, inputs: Tensor[]): Tensor4D {
  const [result] = runOneDnn(tf, `_MklNative${op}`, inputs, attributesOf(tf, 'NHWC'));
  return result as Tensor4D;
}

const runOnGpu = (tf: TensorFlow, op: ConvolutionOp, inputs: Tensor[]): Tensor4D =>
  runFloat32(tf, op, inputs, attributesOf(tf, 'NCHW')) as Tensor4D;

function attributesOf(tf: TensorFlow, format: 'NHWC' | 'NCHW'): NativeAttribute[] {
  const { TF_ATTR_INT: int = 0, TF_ATTR_STRING: string = 0 } = nativeBackend(tf).binding;
  return [
    { name: 'strides', type: int, value: [1, 1, 1, 1] },
    { name: 'dilations', type: int, value: [1, 1, 1, 1] },
    { name: 'padding', type: string, value: SAME.toUpperCase() },
    { name: 'data_format', type: string, value: format },
  ];
}
