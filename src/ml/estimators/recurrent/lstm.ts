import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { scan } from '../../graph/scan.ts';
import { addBias, biasGradient } from '../network/bias.ts';
import { product } from '../network/product.ts';
import { throughSigmoid, throughTanh } from './gate-gradients.ts';
import type { RecurrentLayer } from './recurrent-layer.ts';

/**
 * Long short-term memory (Hochreiter and Schmidhuber, Neural Computation 1997) with a forget gate, as in
 * Keras and PyTorch: i, f, o = σ(xW + hU + b), g = tanh(likewise), c ← f c + i g, h ← o tanh(c). Gates
 * are input i, forget f, candidate g and output o, in this order.
 */
export const lstm: RecurrentLayer = {
  gates: 4,
  biasShapes: (units) => [{ name: 'lstm.bias', shape: [4 * units] }],
  // Cells remember until they learn to forget (Jozefowicz et al., ICML 2015), as in Keras.
  initialBiases: (units) =>
    Array.from({ length: 4 * units }, (_, i) => Number(i >= units && i < 2 * units)),
  through(tf, { kernel, recurrent, biases }, sequence) {
    const [bias] = biases as [Tensor1D];
    const [steps, batch, inputs] = sequence.shape;
    const units = bias.size / 4;
    const flat: Tensor2D = tf.reshape(sequence, [steps * batch, inputs]);
    const projected = addBias(tf, product(tf, flat, kernel), bias);
    const nothing = () => tf.zeros<typeof tf.Rank.R2>([batch, units]);

    const forward = scan(tf, {
      carried: [nothing(), nothing()],
      sequences: [tf.reshape(projected, [steps, batch, 4 * units])],
      constants: [recurrent],
      cell(carried, given, constants) {
        const [output, memory] = carried as [Tensor2D, Tensor2D];
        const [ofInput] = given as [Tensor2D];
        const [toGates] = constants as [Tensor2D];
        const sums = tf.add<Tensor2D>(ofInput, product(tf, output, toGates));
        const [toInput, toForget, toCandidate, toOutput] = tf.split(sums, 4, 1) as [
          Tensor2D,
          Tensor2D,
          Tensor2D,
          Tensor2D,
        ];
        const [input, forget] = [tf.sigmoid(toInput), tf.sigmoid(toForget)];
        const [candidate, open] = [tf.tanh(toCandidate), tf.sigmoid(toOutput)];
        const next = tf.add<Tensor2D>(tf.mul(forget, memory), tf.mul(input, candidate));
        const shown = tf.tanh(next);
        return {
          carried: [tf.mul(open, shown), next],
          outputs: [output, memory, input, forget, candidate, open, shown],
        };
      },
    });
    const [outputs] = forward.outputs as [Tensor3D];

    return {
      last: forward.carried[0] as Tensor2D,
      gradients(byLast) {
        const backward = scan(tf, {
          carried: [byLast, nothing()],
          sequences: forward.outputs.slice(1),
          constants: [recurrent],
          isReversed: true,
          cell(carried, given, constants) {
            const [byOutput, byNext] = carried as [Tensor2D, Tensor2D];
            const [memory, input, forget, candidate, open, shown] = given as [
              Tensor2D,
              Tensor2D,
              Tensor2D,
              Tensor2D,
              Tensor2D,
              Tensor2D,
            ];
            const [toGates] = constants as [Tensor2D];
            const opened = tf.mul<Tensor2D>(byOutput, open);
            const byMemory = tf.add<Tensor2D>(byNext, throughTanh(tf, shown, opened));
            const byForget = tf.mul<Tensor2D>(byMemory, forget);
            const bySums = tf.concat(
              [
                throughSigmoid(tf, input, tf.mul<Tensor2D>(byMemory, candidate)),
                throughSigmoid(tf, forget, tf.mul<Tensor2D>(byMemory, memory)),
                throughTanh(tf, candidate, tf.mul<Tensor2D>(byMemory, input)),
                throughSigmoid(tf, open, tf.mul<Tensor2D>(byOutput, shown)),
              ],
              1,
            );
            const through = product(tf, bySums, toGates, 'b');
            return { carried: [through, byForget], outputs: [bySums] };
          },
        });
        const bySums: Tensor2D = tf.reshape(backward.outputs[0] as Tensor3D, [-1, 4 * units]);
        const before: Tensor2D = tf.reshape(outputs, [steps * batch, units]);
        return {
          kernel: product(tf, flat, bySums, 'a'),
          recurrent: product(tf, before, bySums, 'a'),
          biases: [biasGradient(tf, bySums)],
          sequence: () => product(tf, bySums, kernel, 'b'),
        };
      },
    };
  },
};
