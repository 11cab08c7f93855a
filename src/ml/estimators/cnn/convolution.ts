import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import type { Arithmetic } from '../../../schemas/training.ts';
import type { TensorFlow } from '../../backend.ts';
import { hasNativeBackend, nativeBackend } from '../../graph/native-backend.ts';
import { hasOneDnn, runOneDnn } from '../../graph/one-dnn.ts';

/** The padding with which sizes stay: windows at the edges reach over zeros. */
const SAME = 'same';

/** What lies before and after the places that a side of the kernel reaches over, of that padding. */
const edge = (side: number): [before: number, after: number] => [
  Math.floor((side - 1) / 2),
  Math.ceil((side - 1) / 2),
];

const turnedEdge = (side: number): [number, number] => {
  const [before, after] = edge(side);
  return [after, before];
};

type Edges = [[number, number], [number, number], [number, number], [number, number]];

/** What oneDNN has a kernel for. */
type Kernel = 'Conv2D' | 'Conv2DBackpropFilter' | 'Conv2DBackpropInput';

function runOneDnnKernel(tf: TensorFlow, name: Kernel, inputs: Tensor[]): Tensor4D {
  const { TF_ATTR_INT: int = 0, TF_ATTR_STRING: string = 0 } = nativeBackend(tf).binding;
  const [result] = runOneDnn(tf, `_MklNative${name}`, inputs, [
    { name: 'strides', type: int, value: [1, 1, 1, 1] },
    { name: 'dilations', type: int, value: [1, 1, 1, 1] },
    { name: 'padding', type: string, value: SAME.toUpperCase() },
    { name: 'data_format', type: string, value: 'NHWC' },
  ]);
  return result as Tensor4D;
}

export const convolvesByOneDnn = (tf: TensorFlow, arithmetic: Arithmetic): boolean =>
  arithmetic === 'fast' && hasOneDnn(tf);

/** Whether a GPU convolves, which does best what TensorFlow has an op for. */
export const isOnGpu = (tf: TensorFlow): boolean =>
  hasNativeBackend(tf) && nativeBackend(tf).isUsingGpuDevice;

/** [batch, height, width, inputs] and [side, side, inputs, filters] to [batch, height, width, filters]. */
export const convolve = (
  tf: TensorFlow,
  images: Tensor4D,
  kernel: Tensor4D,
  arithmetic: Arithmetic,
): Tensor4D =>
  convolvesByOneDnn(tf, arithmetic)
    ? runOneDnnKernel(tf, 'Conv2D', [images, kernel])
    : tf.conv2d(images, kernel, 1, SAME);

/**
 * Gradient by the kernel, from that by what the convolution gave. It is a convolution, too: of the
 * images, whose channels are taken for a batch and the other way round, with that gradient for a
 * kernel. TensorFlow's own op writes all windows down first, which takes longer.
 */
export function filterGradient(
  tf: TensorFlow,
  images: Tensor4D,
  flowing: Tensor4D,
  kernel: Tensor4D,
  arithmetic: Arithmetic,
): Tensor4D {
  if (convolvesByOneDnn(tf, arithmetic)) {
    const sizes = tf.tensor1d(kernel.shape, 'int32');
    return runOneDnnKernel(tf, 'Conv2DBackpropFilter', [images, sizes, flowing]);
  }
  if (isOnGpu(tf)) return plainFilterGradient(tf, images, flowing, kernel, SAME);
  const [height, width] = kernel.shape;
  const byChannel = tf.transpose(images, [3, 1, 2, 0]);
  const asKernel = tf.transpose(flowing, [1, 2, 0, 3]);
  const edges: Edges = [[0, 0], edge(height), edge(width), [0, 0]];
  const gradient = tf.conv2d(byChannel, asKernel, 1, edges); // [inputs, height, width, filters]
  return tf.transpose(gradient, [1, 2, 0, 3]);
}

/** The same by TensorFlow's own op. */
export const plainFilterGradient = (
  tf: TensorFlow,
  x: Tensor4D,
  dy: Tensor4D,
  { shape: filterShape }: Tensor4D,
  pad: 'same' | 'valid',
): Tensor4D => runKernel(tf, 'Conv2DBackpropFilter', { x, dy }, { filterShape, pad });

/** TensorFlow.js has these ops, but no function of its own for them. */
function runKernel(
  tf: TensorFlow,
  name: 'Conv2DBackpropFilter' | 'Conv2DBackpropInput',
  inputs: Readonly<Record<string, Tensor4D>>,
  form: Readonly<Record<string, unknown>>,
): Tensor4D {
  const attributes = { strides: [1, 1], dataFormat: 'NHWC', ...form } as never;
  return tf.engine().runKernel<Tensor4D>(name, inputs, attributes);
}

/**
 * Gradient by the images, from that by what the convolution gave. It is a convolution with the
 * transposed kernel, turned by half a turn, which TensorFlow does in less time than what it has for it.
 */
export function inputGradient(
  tf: TensorFlow,
  images: Tensor4D,
  flowing: Tensor4D,
  kernel: Tensor4D,
  arithmetic: Arithmetic,
): Tensor4D {
  if (convolvesByOneDnn(tf, arithmetic)) {
    const sizes = tf.tensor1d(images.shape, 'int32');
    return runOneDnnKernel(tf, 'Conv2DBackpropInput', [sizes, kernel, flowing]);
  }
  if (isOnGpu(tf)) {
    const form = { inputShape: images.shape, pad: SAME };
    return runKernel(tf, 'Conv2DBackpropInput', { dy: flowing, filter: kernel }, form);
  }
  const [height, width] = kernel.shape;
  const turned = tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]);
  // What a window reached over before its place lies after it now.
  const edges: Edges = [[0, 0], turnedEdge(height), turnedEdge(width), [0, 0]];
  return tf.conv2d(flowing, turned, 1, edges);
}

/** Whether convolutions can be trained: on native TensorFlow they can, on WebAssembly not. */
export const trainsConvolutions = (tf: TensorFlow): boolean =>
  tf.getKernel('Conv2DBackpropFilter', tf.getBackend()) !== undefined;
