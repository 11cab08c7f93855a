import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { z } from 'zod';
import type { TensorFlow } from '../../../ml/backend.ts';
import { activate } from './keras-activation.ts';
import { Biased, ChannelsLast } from './layer-options.ts';
import { expectWeights, type LayerFunction } from './make-layer.ts';

const Pair = z
  .union([z.int(), z.array(z.int()).min(1).max(2)])
  .transform((sizes) => [sizes].flat())
  .transform((sizes): [number, number] => [sizes[0] as number, sizes.at(-1) as number]);
const Padding = z.enum(['valid', 'same']);
const Convolution = Biased.extend({
  ...ChannelsLast.shape,
  strides: Pair,
  dilation_rate: Pair,
  padding: Padding,
  groups: z.literal(1).default(1),
});

/** Series are images that are one pixel high. */
export function convolution(
  tf: TensorFlow,
  config: unknown,
  weights: readonly Tensor[],
  dimensions: 1 | 2,
): LayerFunction {
  const options = Convolution.parse(config);
  const { padding, activation } = options;
  const [kernel, bias] = expectWeights(weights, options.use_bias ? 2 : 1);
  const filter = asImage(tf, kernel as Tensor, dimensions, 0);
  const [strides, dilations] = [options.strides, options.dilation_rate].map(
    ([height, width]): [number, number] => (dimensions === 1 ? [1, width] : [height, width]),
  ) as [[number, number], [number, number]];
  return (inputs) => {
    const images = asImage(tf, inputs, dimensions, 1);
    const made = tf.conv2d(images, filter, strides, padding, 'NHWC', dilations);
    const summed: Tensor = bias === undefined ? made : tf.add(made, bias);
    return activate(tf, activation, fromImage(tf, summed, dimensions));
  };
}

export function depthwiseConvolution(
  tf: TensorFlow,
  config: unknown,
  weights: readonly Tensor[],
): LayerFunction {
  const { strides, padding, dilation_rate: dilations, ...options } = Convolution.parse(config);
  const [kernel, bias] = expectWeights(weights, options.use_bias ? 2 : 1) as [Tensor4D, Tensor?];
  return (inputs) => {
    const images = inputs as Tensor4D;
    const made = tf.depthwiseConv2d(images, kernel, strides, padding, 'NHWC', dilations);
    return activate(tf, options.activation, bias === undefined ? made : tf.add(made, bias));
  };
}

export function pooling(
  tf: TensorFlow,
  config: unknown,
  kind: 'max' | 'avg',
  dimensions: 1 | 2,
): LayerFunction {
  const schema = z.object({
    ...ChannelsLast.shape,
    pool_size: Pair,
    strides: Pair,
    padding: Padding,
  });
  const { pool_size: pool, strides, padding } = schema.parse(config);
  const flat = ([height, width]: [number, number]): [number, number] =>
    dimensions === 1 ? [1, width] : [height, width];
  const apply = kind === 'max' ? tf.maxPool<Tensor4D> : tf.avgPool<Tensor4D>;
  return (inputs) =>
    fromImage(
      tf,
      apply(asImage(tf, inputs, dimensions, 1), flat(pool), flat(strides), padding),
      dimensions,
    );
}

export function globalPooling(
  tf: TensorFlow,
  config: unknown,
  kind: 'max' | 'mean',
  axes: number[],
): LayerFunction {
  const { keepdims } = z
    .object({ ...ChannelsLast.shape, keepdims: z.boolean().default(false) })
    .parse(config);
  return (inputs) => tf[kind](inputs, axes, keepdims);
}

export function zeroPadding(tf: TensorFlow, config: unknown): LayerFunction {
  const Side = z.tuple([z.int(), z.int()]);
  const { padding } = z
    .object({ ...ChannelsLast.shape, padding: z.tuple([Side, Side]) })
    .parse(config);
  return (inputs) => tf.pad(inputs, [[0, 0], ...padding, [0, 0]]);
}

/** Series [rows, steps, channels] as images of height 1; kernels have no rows. */
const asImage = (tf: TensorFlow, tensor: Tensor, dimensions: 1 | 2, axis: 0 | 1): Tensor4D =>
  dimensions === 2 ? (tensor as Tensor4D) : tf.expandDims<Tensor4D>(tensor, axis);

const fromImage = (tf: TensorFlow, tensor: Tensor, dimensions: 1 | 2): Tensor =>
  dimensions === 2 ? tensor : tf.squeeze(tensor, [1]);
