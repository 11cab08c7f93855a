import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { z } from 'zod';
import type { TensorFlow } from '../../../ml/backend.ts';
import {
  convolution,
  depthwiseConvolution,
  globalPooling,
  pooling,
  zeroPadding,
} from './convolutions.ts';
import { activate, KerasActivation } from './keras-activation.ts';
import { Biased, ChannelsLast } from './layer-options.ts';
import { expectWeights, type LayerFunction, type MakeLayer } from './make-layer.ts';
import { batchNormalization, layerNormalization, normalization } from './normalisations.ts';
import { type KerasLayerSpec, type KerasWeight, refusal } from './read-keras-model.ts';
import { bidirectional, recurrent } from './recurrent.ts';

/** Layers of Keras that are imported, by class. */
const LAYERS: Readonly<Record<string, MakeLayer>> = {
  Dense: dense,
  Conv1D: (tf, config, weights) => convolution(tf, config, weights, 1),
  Conv2D: (tf, config, weights) => convolution(tf, config, weights, 2),
  DepthwiseConv2D: depthwiseConvolution,
  MaxPooling1D: (tf, config) => pooling(tf, config, 'max', 1),
  MaxPooling2D: (tf, config) => pooling(tf, config, 'max', 2),
  AveragePooling1D: (tf, config) => pooling(tf, config, 'avg', 1),
  AveragePooling2D: (tf, config) => pooling(tf, config, 'avg', 2),
  GlobalMaxPooling1D: (tf, config) => globalPooling(tf, config, 'max', [1]),
  GlobalMaxPooling2D: (tf, config) => globalPooling(tf, config, 'max', [1, 2]),
  GlobalAveragePooling1D: (tf, config) => globalPooling(tf, config, 'mean', [1]),
  GlobalAveragePooling2D: (tf, config) => globalPooling(tf, config, 'mean', [1, 2]),
  ZeroPadding2D: zeroPadding,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Normalization: normalization,
  Rescaling: rescaling,
  Flatten: (tf, config) => {
    ChannelsLast.parse(config);
    return (inputs) => tf.reshape(inputs, [inputs.shape[0], -1]);
  },
  Reshape: (tf, config) => {
    const { target_shape: shape } = z.object({ target_shape: z.array(z.int()) }).parse(config);
    return (inputs) => tf.reshape(inputs, [inputs.shape[0], ...shape]);
  },
  Activation: (tf, config) => {
    const { activation } = z.object({ activation: KerasActivation }).parse(config);
    return (inputs) => activate(tf, activation, inputs);
  },
  ReLU: relu,
  LeakyReLU: leakyRelu,
  ELU: (tf, config) => {
    z.object({ alpha: z.literal(1) }).parse(config);
    return (inputs) => tf.elu(inputs);
  },
  Softmax: (tf, config) => {
    z.object({ axis: LastAxis }).parse(config);
    return (inputs) => tf.softmax(inputs);
  },
  Embedding: embedding,
  SimpleRNN: (tf, config, weights) => recurrent(tf, 'SimpleRNN', config, weights),
  LSTM: (tf, config, weights) => recurrent(tf, 'LSTM', config, weights),
  GRU: (tf, config, weights) => recurrent(tf, 'GRU', config, weights),
  Bidirectional: bidirectional,
  ...Object.fromEntries(
    // They change nothing when they predict.
    [
      ...['Dropout', 'SpatialDropout1D', 'SpatialDropout2D', 'AlphaDropout'],
      ...['GaussianDropout', 'GaussianNoise', 'ActivityRegularization'],
    ].map((name): [string, MakeLayer] => [name, () => (inputs) => inputs]),
  ),
};

/** The function of a layer; an InputError names the layer, and what of it can't be taken. */
export function layerFunction(
  tf: TensorFlow,
  { className, name, config, weights }: KerasLayerSpec,
  tensorOf: (weight: KerasWeight) => Tensor,
): LayerFunction {
  const make = Object.hasOwn(LAYERS, className) ? LAYERS[className] : undefined;
  if (make === undefined) {
    throw refusal(
      `the layer '${name}' of the class ${className}`,
      `layers of the classes ${Object.keys(LAYERS).join(', ')}`,
      'Import the model as ONNX or SavedModel.',
    );
  }
  try {
    return make(tf, config, weights.map(tensorOf));
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    const option = issue?.path.join('.') ?? '';
    throw refusal(
      `'${option}' of the ${className} layer '${name}'`,
      `what is imported of this layer (${issue?.message ?? 'another value'})`,
      'Import the model as ONNX or SavedModel.',
    );
  }
}

const LastAxis = z
  .union([z.int(), z.array(z.int()).length(1)])
  .refine((axis) => [axis].flat()[0] === -1, 'the last axis');
function dense(tf: TensorFlow, config: unknown, weights: readonly Tensor[]): LayerFunction {
  const { use_bias: hasBias, activation } = Biased.parse(config);
  const [kernel, bias] = expectWeights(weights, hasBias ? 2 : 1) as [Tensor2D, Tensor?];
  const units = kernel.shape[1];
  return (inputs) => {
    const flat: Tensor2D = tf.reshape(inputs, [-1, kernel.shape[0]]);
    const product = tf.matMul(flat, kernel);
    const summed = bias === undefined ? product : tf.add(product, bias);
    return activate(tf, activation, tf.reshape(summed, [...inputs.shape.slice(0, -1), units]));
  };
}

function rescaling(tf: TensorFlow, config: unknown): LayerFunction {
  const Factor = z.union([z.number(), z.array(z.number())]);
  const { scale, offset } = z.object({ scale: Factor, offset: Factor }).parse(config);
  return (inputs) => tf.add(tf.mul(inputs, scale), offset);
}

function relu(tf: TensorFlow, config: unknown): LayerFunction {
  const { max_value: most } = z
    .object({
      max_value: z.number().nullish(),
      negative_slope: z.literal(0).default(0),
      threshold: z.literal(0).default(0),
    })
    .parse(config);
  return (inputs) => {
    const active = tf.relu(inputs);
    return most === null || most === undefined ? active : tf.minimum(active, most);
  };
}

function leakyRelu(tf: TensorFlow, config: unknown): LayerFunction {
  const { negative_slope: slope, alpha } = z
    .object({ negative_slope: z.number().optional(), alpha: z.number().optional() })
    .parse(config);
  return (inputs) => tf.leakyRelu(inputs, slope ?? alpha ?? 0.3);
}

function embedding(tf: TensorFlow, config: unknown, weights: readonly Tensor[]): LayerFunction {
  z.object({ mask_zero: z.literal(false).default(false) }).parse(config);
  const [table] = expectWeights(weights, 1) as [Tensor2D];
  return (inputs) => {
    const indices = tf.cast(inputs, 'int32');
    const largest = table.shape[0];
    // TensorFlow answers an index that is not there with zeros, or not at all.
    const [low, high] = [tf.min(indices).dataSync()[0], tf.max(indices).dataSync()[0]];
    if ((low as number) < 0 || (high as number) >= largest) {
      throw refusal(
        `the index ${(low as number) < 0 ? low : high}`,
        `indices from 0 to ${largest - 1}, which the embedding has`,
        "Mend 'first', 'unseen' or the levels of the column's encoding.",
      );
    }
    return tf.gather(table, indices);
  };
}
