import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend.ts';
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
    const [ofInputs, ofOutputs] = [gatesFirst(tf, kernel), gatesFirst(tf, recurrent)];
    const projected = addBias(tf, product(tf, flat, ofInputs), gatesFirst(tf, bias));
    const nothing = () => tf.zeros<typeof tf.Rank.R2>([batch, units]);

    const forward = scan(tf, {
      carried: [nothing(), nothing()],
      sequences: [tf.reshape(projected, [steps, batch, 4 * units])],
      constants: [ofOutputs],
      cell(carried, given, constants) {
        const [output, memory] = carried as [Tensor2D, Tensor2D];
        const [ofInput] = given as [Tensor2D];
        const [toSums] = constants as [Tensor2D];
        const sums = tf.add<Tensor2D>(ofInput, product(tf, output, toSums));
        const [toGates, toCandidate] = tf.split(sums, [3 * units, units], 1) as [
          Tensor2D,
          Tensor2D,
        ];
        const [gates, candidate] = [tf.sigmoid(toGates), tf.tanh(toCandidate)];
        const [input, forget, open] = tf.split(gates, 3, 1) as [Tensor2D, Tensor2D, Tensor2D];
        const next = tf.add<Tensor2D>(tf.mul(forget, memory), tf.mul(input, candidate));
        const shown = tf.tanh(next);
        // What flows back is a sum of products with these.
        const factors = tf.concat(
          [
            throughSigmoid(tf, gates, tf.concat([candidate, memory, shown], 1)),
            throughTanh(tf, candidate, input),
          ],
          1,
        );
        return {
          carried: [tf.mul(open, shown), next],
          outputs: [output, throughTanh(tf, shown, open), forget, factors],
        };
      },
    });
    const [outputs, ...kept] = forward.outputs as [Tensor3D, ...Tensor3D[]];

    return {
      last: forward.carried[0] as Tensor2D,
      gradients(byLast) {
        const backward = scan(tf, {
          carried: [byLast, nothing()],
          sequences: kept,
          // Transposed once: a product with few rows takes half as long again where that is to be done for each.
          constants: [tf.transpose(ofOutputs)],
          isReversed: true,
          cell(carried, given, constants) {
            const [byOutput, byNext] = carried as [Tensor2D, Tensor2D];
            const [opened, forget, factors] = given as [Tensor2D, Tensor2D, Tensor2D];
            const [fromSums] = constants as [Tensor2D];
            const byMemory = tf.add<Tensor2D>(byNext, tf.mul(byOutput, opened));
            const flowing = tf.concat([byMemory, byMemory, byOutput, byMemory], 1);
            const bySums = tf.mul<Tensor2D>(flowing, factors);
            const through = product(tf, bySums, fromSums);
            return { carried: [through, tf.mul(byMemory, forget)], outputs: [bySums] };
          },
        });
        const bySums: Tensor2D = tf.reshape(backward.outputs[0] as Tensor3D, [-1, 4 * units]);
        const before: Tensor2D = tf.reshape(outputs, [steps * batch, units]);
        return {
          kernel: candidateThird(tf, product(tf, flat, bySums, 'a')),
          recurrent: candidateThird(tf, product(tf, before, bySums, 'a')),
          biases: [candidateThird(tf, biasGradient(tf, bySums))],
          sequence: () => product(tf, bySums, ofInputs, 'b'),
        };
      },
    };
  },
};

/** Columns in the order that a step takes them, i, f, o, g: what goes through a sigmoid lies side by side. */
const gatesFirst = <T extends Tensor1D | Tensor2D>(tf: TensorFlow, of: T): T =>
  swapLastQuarters(tf, of);

/** And back again: i, f, g, o. */
const candidateThird = <T extends Tensor1D | Tensor2D>(tf: TensorFlow, of: T): T =>
  swapLastQuarters(tf, of);

function swapLastQuarters<T extends Tensor1D | Tensor2D>(tf: TensorFlow, of: T): T {
  const axis = of.rank - 1;
  const quarter = (of.shape[axis] as number) / 4;
  const [half, third, last] = tf.split(of, [2 * quarter, quarter, quarter], axis) as [T, T, T];
  return tf.concat([half, last, third], axis);
}
