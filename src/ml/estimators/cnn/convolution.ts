import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import type { Arithmetic } from '../../../schemas/training.ts';
import type { TensorFlow } from '../../backend.ts';
import { nativeBackend } from '../../graph/native-backend.ts';
import { hasOneDnn, runOneDnn } from '../../graph/one-dnn.ts';

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

/** One of oneDNN's convolutions. Its gradient by the kernel takes longer than TensorFlow's own. */
function runOneDnnConvolution(
  tf: TensorFlow,
  name: 'Conv2D' | 'Conv2DBackpropInput',
  inputs: Tensor[],
): Tensor4D {
  const { TF_ATTR_INT: int = 0, TF_ATTR_STRING: string = 0 } = nativeBackend(tf).binding;
  return runOneDnn(tf, `_MklNative${name}`, inputs, [
    { name: 'strides', type: int, value: [1, 1, 1, 1] },
    { name: 'dilations', type: int, value: [1, 1, 1, 1] },
    { name: 'padding', type: string, value: PADDING.toUpperCase() },
    { name: 'data_format', type: string, value: CONVOLUTION.dataFormat },
  ]) as Tensor4D;
}

/** [batch, height, width, inputs] and [side, side, inputs, filters] to [batch, height, width, filters]. */
export const convolve = (
  tf: TensorFlow,
  images: Tensor4D,
  kernel: Tensor4D,
  arithmetic: Arithmetic,
): Tensor4D =>
  arithmetic === 'fast' && hasOneDnn(tf)
    ? runOneDnnConvolution(tf, 'Conv2D', [images, kernel])
    : tf.conv2d(images, kernel, 1, PADDING);

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
  { inputShape, arithmetic }: { readonly inputShape: number[]; readonly arithmetic: Arithmetic },
): Tensor4D =>
  arithmetic === 'fast' && hasOneDnn(tf)
    ? runOneDnnConvolution(tf, 'Conv2DBackpropInput', [
        tf.tensor1d(inputShape, 'int32'),
        filter,
        dy,
      ])
    : runKernel(tf, 'Conv2DBackpropInput', { dy, filter }, { ...CONVOLUTION, inputShape });

/** Whether convolutions can be trained: on native TensorFlow they can, on WebAssembly not. */
export const trainsConvolutions = (tf: TensorFlow): boolean =>
  tf.getKernel('Conv2DBackpropFilter', tf.getBackend()) !== undefined;
