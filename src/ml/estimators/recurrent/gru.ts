import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
import { scan } from '../../graph/scan.ts';

/** Gates are update z, reset r and candidate n, in this order. */
export interface GruLayer {
  readonly kernel: Tensor2D; // [inputs, 3 units]
  readonly recurrent: Tensor2D; // [units, 3 units]
  readonly bias: Tensor1D; // [3 units]
  /** What r is multiplied with has a bias of its own. */
  readonly recurrentBias: Tensor1D; // [units]
}

export interface GruGradients {
  readonly kernel: Tensor1D;
  readonly recurrent: Tensor1D;
  readonly bias: Tensor1D;
  readonly recurrentBias: Tensor1D;
  /** By the sequence, [steps · batch, inputs]: what flows to the layer below. */
  sequence(): Tensor2D;
}

/**
 * Gated recurrent units (Cho et al., EMNLP 2014) with the reset gate after the product, as in Keras
 * and PyTorch: z = σ(xW + hU), r likewise, n = tanh(xWₙ + r (hUₙ + cₙ)), h ← n + z (h − n).
 * All that does not wait for the step before is done for all steps at once, outside of the loop.
 * @param sequence [steps, batch, inputs]
 * @returns the state after the last step, [batch, units], and the way back from its gradient
 */
export function throughGru(
  tf: TensorFlow,
  { kernel, recurrent, bias, recurrentBias }: GruLayer,
  sequence: Tensor3D,
): { last: Tensor2D; gradients(byLast: Tensor2D): GruGradients } {
  const [steps, batch, inputs] = sequence.shape;
  const units = recurrentBias.size;
  const flat: Tensor2D = tf.reshape(sequence, [steps * batch, inputs]);
  const projected = tf.add<Tensor2D>(tf.matMul(flat, kernel), bias);
  const forward = scan(tf, {
    carried: [tf.zeros<typeof tf.Rank.R2>([batch, units])],
    sequences: [tf.reshape(projected, [steps, batch, 3 * units])],
    constants: [recurrent, recurrentBias],
    cell(carried, given, constants) {
      const [state, inputsOf] = [...carried, ...given] as [Tensor2D, Tensor2D];
      const parts = tf.split(inputsOf, [2 * units, units], 1);
      const [gatesIn, candidateIn] = parts as [Tensor2D, Tensor2D];
      const [weights, candidateBias] = constants as [Tensor2D, Tensor1D];
      const sums = tf.split(tf.matMul(state, weights), [2 * units, units], 1);
      const [toBoth, ofState] = sums as [Tensor2D, Tensor2D];
      const gates = tf.sigmoid(tf.add<Tensor2D>(gatesIn, toBoth));
      const [update, reset] = tf.split(gates, 2, 1) as [Tensor2D, Tensor2D];
      const remembered = tf.add<Tensor2D>(ofState, candidateBias);
      const candidate = tf.tanh(tf.add<Tensor2D>(candidateIn, tf.mul(reset, remembered)));
      const next = tf.add<Tensor2D>(candidate, tf.mul(update, tf.sub(state, candidate)));
      return { carried: [next], outputs: [state, gates, remembered, candidate] };
    },
  });
  const last = forward.carried[0] as Tensor2D;
  const [states, gates, remembered, candidates] = forward.outputs as [
    Tensor3D,
    Tensor3D,
    Tensor3D,
    Tensor3D,
  ];

  return {
    last,
    gradients(byLast) {
      const backward = scan(tf, {
        carried: [byLast],
        sequences: [states, gates, remembered, candidates],
        constants: [recurrent],
        isReversed: true,
        cell([flowing], given, [weights]) {
          const byState = flowing as Tensor2D;
          const [state, both, memory, candidate] = given as [
            Tensor2D,
            Tensor2D,
            Tensor2D,
            Tensor2D,
          ];
          const [update, reset] = tf.split(both, 2, 1) as [Tensor2D, Tensor2D];
          const toCandidate = tf.mul<Tensor2D>(byState, tf.sub(1, update));
          const byUpdate = tf.mul<Tensor2D>(tf.mul(toCandidate, update), tf.sub(state, candidate));
          const byCandidate = tf.mul<Tensor2D>(toCandidate, tf.sub(1, tf.square(candidate)));
          const byRemembered = tf.mul<Tensor2D>(byCandidate, reset);
          const byReset = tf.mul<Tensor2D>(tf.mul(byRemembered, tf.sub(1, reset)), memory);
          const bySums = tf.concat([byUpdate, byReset, byRemembered], 1);
          const through = tf.matMul(bySums, weights as Tensor2D, false, true);
          const next = tf.add(through, tf.mul(byState, update));
          return { carried: [next], outputs: [bySums, byCandidate] };
        },
      });
      const [bySums, byCandidate] = backward.outputs.map((each) =>
        tf.reshape(each, [steps * batch, each.size / (steps * batch)]),
      ) as [Tensor2D, Tensor2D];
      const [byGates, byRemembered] = tf.split(bySums, [2 * units, units], 1) as [
        Tensor2D,
        Tensor2D,
      ];
      const byProjected = tf.concat([byGates, byCandidate], 1);
      const before: Tensor2D = tf.reshape(states, [steps * batch, units]);
      return {
        kernel: tf.reshape(tf.matMul(flat, byProjected, true), [-1]),
        recurrent: tf.reshape(tf.matMul(before, bySums, true), [-1]),
        bias: tf.sum(byProjected, 0),
        recurrentBias: tf.sum(byRemembered, 0),
        sequence: () => tf.matMul(byProjected, kernel, false, true),
      };
    },
  };
}
