import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import { RandomStream } from '../../random.ts';
import type { ProblemShape } from '../estimator.ts';
import { initialLimit } from '../network/activation.ts';
import { drawKernels, kernelShapes, layerSizes, throughDense } from '../network/dense-layers.ts';
import { lookUp, sumByNumber } from '../network/look-up.ts';
import { type ArrayShape, type Network, type PassOptions, sizeOf } from '../network/network.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import type { RecurrentArrays, RecurrentGradients, RecurrentLayer } from './recurrent-layer.ts';

/** Kinds of recurrent layers by their names. */
const recurrentLayers = { gru, lstm } as const;

interface TextLayout {
  readonly cell: keyof typeof recurrentLayers;
  /** Numbers of tokens are below this. */
  readonly vocabulary: number;
  readonly embedding: number;
  readonly units: number;
}

/** Rows of the smallest part of a batch that is worth a table: with fewer, a batch has fewer tokens than there are. */
const FEWEST_ROWS = 16;

/**
 * Texts of equally many tokens, a feature each, through an embedding, a recurrent layer, and one dense
 * layer on its last output.
 */
export function textNetwork(
  { width: steps, classes }: ProblemShape,
  { cell, vocabulary, embedding, units }: TextLayout,
): Network {
  const layer: RecurrentLayer = recurrentLayers[cell];
  const { gates } = layer;
  const sizes = layerSizes(units, [], Math.max(1, classes));
  const outputs = Math.max(1, classes);
  const kernels: ArrayShape[] = [
    { name: 'embedding', shape: [vocabulary, embedding] },
    { name: `${cell}.kernel`, shape: [embedding, gates * units] },
    { name: `${cell}.recurrent`, shape: [units, gates * units] },
    ...kernelShapes(sizes),
  ];
  const biases: ArrayShape[] = [
    ...layer.biasShapes(units),
    { name: 'layers.0.bias', shape: [outputs] },
  ];
  const total = (arrays: readonly ArrayShape[]) =>
    arrays.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const way = vocabulary <= FEWEST_ROWS * steps ? throughTable : throughTokens;

  return {
    arrays: [...kernels, ...biases],
    maskedUnits: [],
    multiplications: steps * gates * units * (embedding + units) + units * outputs,
    initialise(seed) {
      const values = new Float32Array(total(kernels) + total(biases));
      const recurrent = drawRecurrent(values, { gates, vocabulary, embedding, units }, seed);
      drawKernels(values, recurrent, sizes, { activation: 'tanh', seed, firstStream: 3 });
      values.set(layer.initialBiases(units), total(kernels));
      return values;
    },
    ...way(layer, { steps, vocabulary }),
  };
}

interface Texts {
  readonly steps: number;
  readonly vocabulary: number;
}

/** Equal tokens are one row of the table, which the layer multiplies once, wherever they occur. */
const throughTable = (
  layer: RecurrentLayer,
  { steps, vocabulary }: Texts,
): Pick<Network, 'prepare' | 'forward'> => ({
  prepare(tf, arrays) {
    const { table, learned, last } = parted(arrays);
    const { sums, constants, gradients } = layer.prepare(tf, learned, table);
    return {
      arrays: [...sums, ...constants, ...last],
      gradients(ofPass) {
        const [recurrent, ...byLast] = ofPass.slice(layer.sums) as [Tensor2D, ...Tensor[]];
        const bySums = ofPass.slice(0, layer.sums) as Tensor2D[];
        return joined(gradients({ recurrent, bySums }), byLast);
      },
    };
  },
  forward(tf, prepared, features, options) {
    const tokens = tokensOf(tf, features);
    const ofTable = prepared.slice(0, layer.sums) as Tensor2D[];
    const taken = {
      sums: ofTable.map((rows) => lookUp(tf, rows, tokens)),
      constants: prepared.slice(layer.sums, -2),
    };
    const { scores, gradients } = throughSteps(
      tf,
      layer,
      steps,
      taken,
      prepared.slice(-2),
      options,
    );
    return {
      scores,
      gradients(delta) {
        const { ofSteps, byLast } = gradients(delta);
        const byTokens = ofSteps.bySums.map(sumByNumber(tf, tokens, vocabulary));
        return [...byTokens, ofSteps.recurrent, ...byLast];
      },
    };
  },
});

/** Of a large vocabulary little is in a batch: the layer multiplies the rows that its tokens stand for. */
const throughTokens = (
  layer: RecurrentLayer,
  { steps, vocabulary }: Texts,
): Pick<Network, 'forward'> => ({
  forward(tf, arrays, features, options) {
    const { table, learned, last } = parted(arrays);
    const tokens = tokensOf(tf, features);
    const prepared = layer.prepare(tf, learned, lookUp(tf, table, tokens));
    const { scores, gradients } = throughSteps(tf, layer, steps, prepared, last, options);
    return {
      scores,
      gradients(delta) {
        const { ofSteps, byLast } = gradients(delta);
        const byLearned = prepared.gradients(ofSteps);
        const rows = sumByNumber(tf, tokens, vocabulary);
        return joined({ ...byLearned, rows: () => rows(byLearned.rows()) }, byLast);
      },
    };
  },
});

/** The steps, and the dense layer after them. */
function throughSteps(
  tf: TensorFlow,
  layer: RecurrentLayer,
  steps: number,
  {
    sums,
    constants,
  }: { readonly sums: readonly Tensor2D[]; readonly constants: readonly Tensor[] },
  last: readonly Tensor[],
  options: PassOptions,
) {
  const sequences = sums.map(
    (of): Tensor3D => tf.reshape(of, [steps, of.shape[0] / steps, of.shape[1]]),
  );
  const pass = layer.through(tf, sequences, constants);
  const [kernel, bias] = last as [Tensor2D, Tensor1D];
  const dense = throughDense(tf, [{ kernel, bias }], pass.last, { ...options, activation: 'tanh' });
  return {
    scores: dense.scores,
    gradients(delta: Tensor2D) {
      const { kernels, biases, features } = dense.gradients(delta);
      return { ofSteps: pass.gradients(features()), byLast: [...kernels, ...biases] };
    },
  };
}

/** [steps · batch]: all first tokens, then all second ones, … */
const tokensOf = (tf: TensorFlow, features: Tensor2D): Tensor1D =>
  tf.reshape(tf.cast(tf.transpose(features), 'int32'), [-1]);

/** The network's arrays by what they are for. */
function parted(arrays: readonly Tensor[]) {
  const [table, kernel, recurrent, last, ...biases] = arrays as [
    ...[Tensor2D, Tensor2D, Tensor2D, Tensor2D],
    ...Tensor1D[],
  ];
  const learned: RecurrentArrays = { kernel, recurrent, biases: biases.slice(0, -1) };
  return { table, learned, last: [last, biases.at(-1) as Tensor1D] };
}

/** Gradients in the order of the network's arrays. */
function joined(
  { rows, kernel, recurrent, biases }: RecurrentGradients,
  [byLast, byLastBias]: readonly Tensor[],
): Tensor[] {
  return [rows(), kernel, recurrent, byLast as Tensor, ...biases, byLastBias as Tensor];
}

/** Embedding, kernel and recurrent kernel; gives where they end. */
function drawRecurrent(
  values: Float32Array,
  { gates, vocabulary, embedding, units }: Omit<TextLayout, 'cell'> & Pick<RecurrentLayer, 'gates'>,
  seed: number,
): number {
  const limits = [
    [vocabulary * embedding, 0.05],
    [embedding * gates * units, initialLimit('tanh', { inputs: embedding, outputs: units })],
    [units * gates * units, initialLimit('tanh', { inputs: units, outputs: units })],
  ] as const;
  let end = 0;
  limits.forEach(([count, limit], array) => {
    const stream = new RandomStream(seed, 'initialise', [array]);
    for (let i = 0; i < count; i++) values[end++] = limit * (2 * stream.uniform() - 1);
  });
  return end;
}
