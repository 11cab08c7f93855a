import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';

/** Sizes stay: windows at the edges reach over zeros. */
const PADDING = 'same';
const CONVOLUTION = {
  strides: [1, 1],
  pad: PADDING,
  dataFormat: 'NHWC',
  dimRoundingMode: undefined,
} as const;

/** TensorFlow.js has these ops, but no function of its own for them. */
function runKernel(
  tf: TensorFlow,
  name: string,
  inputs: Readonly<Record<string, Tensor>>,
  attributes: Readonly<Record<string, unknown>>,
): Tensor4D {
  return tf.engine().runKernel<Tensor4D>(name, inputs, attributes as never);
}

/** [batch, height, width, inputs] and [side, side, inputs, filters] to [batch, height, width, filters]. */
export const convolve = (tf: TensorFlow, images: Tensor4D, kernel: Tensor4D): Tensor4D =>
  tf.conv2d(images, kernel, 1, PADDING);

/** Gradient by the kernel, from that by what the convolution gave. */
export const filterGradient = (
  tf: TensorFlow,
  x: Tensor4D,
  dy: Tensor4D,
  filterShape: readonly number[],
): Tensor4D => runKernel(tf, 'Conv2DBackpropFilter', { x, dy }, { ...CONVOLUTION, filterShape });

/** Gradient by the images, from that by what the convolution gave. */
export const inputGradient = (
  tf: TensorFlow,
  dy: Tensor4D,
  filter: Tensor4D,
  inputShape: readonly number[],
): Tensor4D => runKernel(tf, 'Conv2DBackpropInput', { dy, filter }, { ...CONVOLUTION, inputShape });

/** Whether convolutions can be trained: on native TensorFlow they can, on WebAssembly not. */
export const trainsConvolutions = (tf: TensorFlow): boolean =>
  tf.getKernel('Conv2DBackpropFilter', tf.getBackend()) !== undefined;
