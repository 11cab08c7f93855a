import type { Tensor, TensorLike } from '@tensorflow/tfjs';
import { z } from 'zod';
import type { TensorFlow } from '../../../ml/backend.ts';
import { expectWeights, type LayerFunction } from './make-layer.ts';
import { refusal } from './read-keras-model.ts';

const Normalised = z.object({ axis: z.unknown(), epsilon: z.number() });

export function batchNormalization(
  tf: TensorFlow,
  config: unknown,
  weights: readonly Tensor[],
): LayerFunction {
  const { center, scale, epsilon } = Normalised.extend({
    center: z.boolean(),
    scale: z.boolean(),
  }).parse(config);
  const given = [...expectWeights(weights, 2 + Number(center) + Number(scale))];
  const gamma = scale ? given.shift() : undefined;
  const beta = center ? given.shift() : undefined;
  const [mean, variance] = given as [Tensor, Tensor];
  return (inputs) => {
    refuseOtherAxis(config, inputs, mean);
    const factor = tf.rsqrt(tf.add(variance, epsilon));
    const scaled = tf.mul(
      tf.sub(inputs, mean),
      gamma === undefined ? factor : tf.mul(factor, gamma),
    );
    return beta === undefined ? scaled : tf.add(scaled, beta);
  };
}

export function layerNormalization(
  tf: TensorFlow,
  config: unknown,
  weights: readonly Tensor[],
): LayerFunction {
  const { center, scale, epsilon } = Normalised.extend({
    center: z.boolean(),
    scale: z.boolean(),
    rms_scaling: z.literal(false).default(false),
  }).parse(config);
  const given = [...expectWeights(weights, Number(center) + Number(scale))];
  const gamma = scale ? given.shift() : undefined;
  const [beta] = given;
  return (inputs) => {
    refuseOtherAxis(config, inputs, gamma ?? beta ?? inputs);
    const { mean, variance } = tf.moments(inputs, -1, true);
    const normal = tf.mul(tf.sub(inputs, mean), tf.rsqrt(tf.add(variance, epsilon)));
    const scaled = gamma === undefined ? normal : tf.mul(normal, gamma);
    return beta === undefined ? scaled : tf.add(scaled, beta);
  };
}

/** Keras writes the last axis as −1, or as its number. */
function refuseOtherAxis(config: unknown, inputs: Tensor, values: Tensor): void {
  const { axis } = Normalised.parse(config);
  const [index, ...others] = [axis].flat() as number[];
  const isLast = others.length === 0 && (index === -1 || index === inputs.rank - 1);
  if (isLast && values.shape.at(-1) === inputs.shape.at(-1)) return;
  throw refusal(
    `the axis ${JSON.stringify(axis)} of a normalisation`,
    'the last axis',
    'Import the model as ONNX or SavedModel.',
  );
}

const Statistics = z.union([z.number(), z.array(z.number()), z.array(z.array(z.number()))]);
/** Keras' least standard deviation. */
const EPSILON = 1e-7;

export function normalization(
  tf: TensorFlow,
  config: unknown,
  weights: readonly Tensor[],
): LayerFunction {
  const options = z
    .object({
      mean: Statistics.nullish(),
      variance: Statistics.nullish(),
      invert: z.literal(false).default(false),
    })
    .parse(config);
  const [mean, variance] =
    weights.length > 0 ? weights : [options.mean ?? 0, options.variance ?? 1];
  return (inputs) => {
    const deviation = tf.maximum(tf.sqrt(variance as Tensor | TensorLike), EPSILON);
    return tf.div(tf.sub(inputs, mean as Tensor | TensorLike), deviation);
  };
}
