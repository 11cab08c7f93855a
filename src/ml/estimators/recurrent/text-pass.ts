import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import { throughDense } from '../network/dense-layers.ts';
import { lookUp, sumByNumber } from '../network/look-up.ts';
import type { Network, PassOptions } from '../network/network.ts';
import type { RecurrentArrays, RecurrentGradients, RecurrentLayer } from './recurrent-layer.ts';

/** What a text network's passes depend on. */
interface Given {
  readonly layer: RecurrentLayer;
  readonly steps: number;
  readonly vocabulary: number;
}

/** What the steps and the dense layer after them take. */
interface Taken {
  readonly sums: readonly Tensor2D[]; // [steps · batch, …]
  readonly constants: readonly Tensor[];
  /** Kernel and bias of the dense layer. */
  readonly last: readonly Tensor[];
}

/** Equal tokens are one row of the table, which the layer multiplies once, wherever they occur. */
export const throughTable = (given: Given): Pick<Network, 'prepare' | 'forward'> => ({
  prepare(tf, arrays) {
    const { table, learned, last } = parted(arrays);
    const { sums, constants, gradients } = given.layer.prepare(tf, learned, table);
    return {
      arrays: [...sums, ...constants, ...last],
      gradients(ofPass) {
        const [recurrent, ...byLast] = ofPass.slice(sums.length) as [Tensor2D, ...Tensor[]];
        const bySums = ofPass.slice(0, sums.length) as Tensor2D[];
        return joined(gradients({ recurrent, bySums }), byLast);
      },
    };
  },
  forward(tf, prepared, features, options) {
    const tokens = tokensOf(tf, features);
    const count = given.layer.sums;
    const ofTable = prepared.slice(0, count) as Tensor2D[];
    const taken: Taken = {
      sums: ofTable.map((rows) => lookUp(tf, rows, tokens)),
      constants: prepared.slice(count, -2),
      last: prepared.slice(-2),
    };
    const { scores, gradients } = throughSteps(tf, given, taken, options);
    return {
      scores,
      gradients(delta) {
        const { ofSteps, byLast } = gradients(delta);
        const byTokens = ofSteps.bySums.map(sumByNumber(tf, tokens, given.vocabulary));
        return [...byTokens, ofSteps.recurrent, ...byLast];
      },
    };
  },
});

/** Of a large vocabulary little is in a batch: the layer multiplies the rows that its tokens stand for. */
export const throughTokens = (given: Given): Pick<Network, 'forward'> => ({
  forward(tf, arrays, features, options) {
    const { table, learned, last } = parted(arrays);
    const tokens = tokensOf(tf, features);
    const prepared = given.layer.prepare(tf, learned, lookUp(tf, table, tokens));
    const { scores, gradients } = throughSteps(tf, given, { ...prepared, last }, options);
    return {
      scores,
      gradients(delta) {
        const { ofSteps, byLast } = gradients(delta);
        const byLearned = prepared.gradients(ofSteps);
        const rows = sumByNumber(tf, tokens, given.vocabulary);
        return joined({ ...byLearned, rows: () => rows(byLearned.rows()) }, byLast);
      },
    };
  },
});

/** The steps, and the dense layer after them. */
function throughSteps(
  tf: TensorFlow,
  { layer, steps }: Given,
  { sums, constants, last }: Taken,
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
