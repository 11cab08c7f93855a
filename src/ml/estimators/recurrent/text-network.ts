import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { RandomStream } from '../../random.ts';
import type { ProblemShape } from '../estimator.ts';
import { initialLimit } from '../network/activation.ts';
import { drawKernels, kernelShapes, layerSizes, throughDense } from '../network/dense-layers.ts';
import { type ArrayShape, type Network, sizeOf } from '../network/network.ts';
import { type GruLayer, throughGru } from './gru.ts';
import { lookUp } from './look-up.ts';

interface TextLayout {
  /** Numbers of tokens are below this. */
  readonly vocabulary: number;
  readonly embedding: number;
  readonly units: number;
}

/**
 * Texts of equally many tokens, a feature each, through an embedding, gated recurrent units, and one
 * dense layer on their last state.
 */
export function textNetwork(
  { width: steps, classes }: ProblemShape,
  { vocabulary, embedding, units }: TextLayout,
): Network {
  const sizes = layerSizes(units, [], Math.max(1, classes));
  const outputs = Math.max(1, classes);
  const kernels: ArrayShape[] = [
    { name: 'embedding', shape: [vocabulary, embedding] },
    { name: 'gru.kernel', shape: [embedding, 3 * units] },
    { name: 'gru.recurrent', shape: [units, 3 * units] },
    ...kernelShapes(sizes),
  ];
  const biases: ArrayShape[] = [
    { name: 'gru.bias', shape: [3 * units] },
    { name: 'gru.recurrentBias', shape: [units] },
    { name: 'layers.0.bias', shape: [outputs] },
  ];
  const total = (arrays: readonly ArrayShape[]) =>
    arrays.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

  return {
    arrays: [...kernels, ...biases],
    kernelCount: total(kernels),
    maskedUnits: [],
    multiplications: steps * 3 * units * (embedding + units) + units * outputs,
    initialise(seed) {
      const values = new Float32Array(total(kernels) + total(biases));
      const recurrent = drawRecurrent(values, { vocabulary, embedding, units }, seed);
      drawKernels(values, recurrent, sizes, { activation: 'tanh', seed, firstStream: 3 });
      return values;
    },
    forward(tf, arrays, features, options) {
      const [table, kernel, recurrent, last, bias, recurrentBias, lastBias] = arrays as [
        Tensor2D,
        Tensor2D,
        Tensor2D,
        Tensor2D,
        Tensor1D,
        Tensor1D,
        Tensor1D,
      ];
      // [steps · batch]: all first tokens, then all second ones, …
      const tokens: Tensor1D = tf.reshape(tf.cast(tf.transpose(features), 'int32'), [-1]);
      const embedded = lookUp(tf, table, tokens);
      const batch = features.shape[0];
      const sequence: Tensor3D = tf.reshape(embedded, [steps, batch, embedding]);
      const layer: GruLayer = { kernel, recurrent, bias, recurrentBias };
      const gru = throughGru(tf, layer, sequence);
      const dense = throughDense(tf, [{ kernel: last, bias: lastBias }], gru.last, {
        ...options,
        activation: 'tanh',
      });
      return {
        scores: dense.scores,
        gradient(delta) {
          const above = dense.gradients(delta);
          const below = gru.gradients(above.features());
          const byTable = tf.unsortedSegmentSum(below.sequence(), tokens, vocabulary);
          return tf.concat([
            tf.reshape<typeof tf.Rank.R1>(byTable, [-1]),
            ...[below.kernel, below.recurrent, ...above.kernels],
            ...[below.bias, below.recurrentBias, ...above.biases],
          ]);
        },
      };
    },
  };
}

/** Embedding, kernel and recurrent kernel; gives where they end. */
function drawRecurrent(
  values: Float32Array,
  { vocabulary, embedding, units }: TextLayout,
  seed: number,
): number {
  const limits = [
    [vocabulary * embedding, 0.05],
    [embedding * 3 * units, initialLimit('tanh', { inputs: embedding, outputs: units })],
    [units * 3 * units, initialLimit('tanh', { inputs: units, outputs: units })],
  ] as const;
  let end = 0;
  limits.forEach(([count, limit], array) => {
    const stream = new RandomStream(seed, 'initialise', [array]);
    for (let i = 0; i < count; i++) values[end++] = limit * (2 * stream.uniform() - 1);
  });
  return end;
}
