import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import { scan } from '../../graph/scan.ts';
import { addBias, biasGradient } from '../network/bias.ts';
import { product } from '../network/product.ts';
import { throughSigmoid, throughTanh } from './gate-gradients.ts';
import type { RecurrentLayer } from './recurrent-layer.ts';

/**
 * Gated recurrent units (Cho et al., EMNLP 2014) with the reset gate after the product, as in Keras
 * and PyTorch: z = σ(xW + hU), r likewise, n = tanh(xWₙ + r (hUₙ + cₙ)), h ← n + z (h − n). Gates are
 * update z, reset r and candidate n, in this order; what r is multiplied with has a bias of its own, c.
 *
 * All that does not wait for the step before is done for all steps at once, outside of the loop.
 * Both gates go one way and the candidate another, so that no step cuts or joins what it need not.
 */
export const gru: RecurrentLayer = {
  gates: 3,
  sums: 2,
  biasShapes: (units) => [
    { name: 'gru.bias', shape: [3 * units] },
    { name: 'gru.recurrentBias', shape: [units] },
  ],
  initialBiases: (units) => Array.from({ length: 4 * units }, () => 0),
  prepare(tf, { kernel, recurrent, biases }, rows) {
    const [bias, recurrentBias] = biases as [Tensor1D, Tensor1D];
    const [gateKernel, candidateKernel] = gatesAndCandidate(tf, kernel);
    const [gateRecurrent, candidateRecurrent] = gatesAndCandidate(tf, recurrent);
    const [gateBias, candidateBias] = gatesAndCandidate(tf, bias);
    // Transposed once: a product with few rows takes half as long again where that is to be done for each.
    const transposed = tf.transpose(recurrent);
    return {
      sums: [
        addBias(tf, product(tf, rows, gateKernel), gateBias),
        addBias(tf, product(tf, rows, candidateKernel), candidateBias),
      ],
      constants: [gateRecurrent, candidateRecurrent, recurrentBias, transposed],
      gradients({ recurrent: byRecurrent, bySums }) {
        const [byGatesAndRemembered, byCandidate] = bySums as [Tensor2D, Tensor2D];
        const [byGates, byRemembered] = gatesAndCandidate(tf, byGatesAndRemembered);
        const byRows: Tensor2D = tf.concat([byGates, byCandidate], 1);
        return {
          kernel: product(tf, rows, byRows, 'a'),
          recurrent: byRecurrent,
          biases: [biasGradient(tf, byRows), biasGradient(tf, byRemembered)],
          rows: () => product(tf, byRows, kernel, 'b'),
        };
      },
    };
  },
  through(tf, sums, prepared) {
    const [gateSums, candidateSums] = sums as [Tensor3D, Tensor3D];
    const [forwards, transposed] = [prepared.slice(0, -1), prepared.at(-1) as Tensor2D];
    const [steps, batch, units] = candidateSums.shape;

    const forward = scan(tf, {
      carried: [tf.zeros<typeof tf.Rank.R2>([batch, units])],
      sequences: [gateSums, candidateSums],
      constants: forwards,
      cell(carried, given, constants) {
        const [state] = carried as [Tensor2D];
        const [gatesIn, candidateIn] = given as [Tensor2D, Tensor2D];
        const [toGates, toCandidate, ofRemembered] = constants as [Tensor2D, Tensor2D, Tensor1D];
        const gates = tf.sigmoid(tf.add<Tensor2D>(gatesIn, product(tf, state, toGates)));
        const [update, reset] = tf.split(gates, 2, 1) as [Tensor2D, Tensor2D];
        const remembered = addBias(tf, product(tf, state, toCandidate), ofRemembered);
        const candidate = tf.tanh(tf.add<Tensor2D>(candidateIn, tf.mul(reset, remembered)));
        const moved = tf.mul<Tensor2D>(update, tf.sub(state, candidate));
        const next = tf.add<Tensor2D>(candidate, moved);
        // What flows back is products with these.
        const left = tf.sub<Tensor2D>(1, update);
        const toCandidateSum = throughTanh(tf, candidate, left);
        const factors = tf.concat(
          [
            tf.mul<Tensor2D>(left, moved),
            throughSigmoid(tf, reset, tf.mul<Tensor2D>(toCandidateSum, remembered)),
            tf.mul<Tensor2D>(toCandidateSum, reset),
          ],
          1,
        );
        return { carried: [next], outputs: [state, toCandidateSum, update, factors] };
      },
    });
    const [states, toCandidateSums, ...kept] = forward.outputs as [
      Tensor3D,
      Tensor3D,
      ...Tensor3D[],
    ];

    return {
      last: forward.carried[0] as Tensor2D,
      gradients(byLast) {
        const backward = scan(tf, {
          carried: [byLast],
          sequences: kept,
          constants: [transposed],
          isReversed: true,
          cell(carried, given, constants) {
            const [byState] = carried as [Tensor2D];
            const [update, factors] = given as [Tensor2D, Tensor2D];
            const [fromSums] = constants as [Tensor2D];
            const flowing = tf.concat([byState, byState, byState], 1);
            const bySums = tf.mul<Tensor2D>(flowing, factors);
            const next = tf.add(product(tf, bySums, fromSums), tf.mul(byState, update));
            return { carried: [next], outputs: [byState, bySums] };
          },
        });
        const [byStates, bySums] = backward.outputs.map((each) =>
          tf.reshape(each, [steps * batch, each.size / (steps * batch)]),
        ) as [Tensor2D, Tensor2D];
        const byCandidate = tf.mul<Tensor2D>(
          byStates,
          tf.reshape<typeof tf.Rank.R2>(toCandidateSums, [steps * batch, units]),
        );
        const before: Tensor2D = tf.reshape(states, [steps * batch, units]);
        return { recurrent: product(tf, before, bySums, 'a'), bySums: [bySums, byCandidate] };
      },
    };
  },
};

/** Columns of both gates, and those of the candidate. */
function gatesAndCandidate<T extends Tensor1D | Tensor2D>(tf: TensorFlow, of: T): [T, T] {
  const axis = of.rank - 1;
  const third = (of.shape[axis] as number) / 3;
  return tf.split(of, [2 * third, third], axis) as [T, T];
}
