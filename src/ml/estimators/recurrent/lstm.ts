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
  sums: 1,
  biasShapes: (units) => [{ name: 'lstm.bias', shape: [4 * units] }],
  // Cells remember until they learn to forget (Jozefowicz et al., ICML 2015), as in Keras.
  initialBiases: (units) =>
    Array.from({ length: 4 * units }, (_, i) => Number(i >= units && i < 2 * units)),
  prepare(tf, { kernel, recurrent, biases }, rows) {
    const [bias] = biases as [Tensor1D];
    return {
      sums: [addBias(tf, product(tf, rows, kernel), bias)],
      // Transposed once: a product with few rows takes half as long again where that is to be done for each.
      constants: [recurrent, tf.transpose(recurrent)],
      gradients({ recurrent: byRecurrent, bySums }) {
        const [byRows] = bySums as [Tensor2D];
        return {
          kernel: product(tf, rows, byRows, 'a'),
          recurrent: byRecurrent,
          biases: [biasGradient(tf, byRows)],
          rows: () => product(tf, byRows, kernel, 'b'),
        };
      },
    };
  },
  through(tf, [sums], [recurrent, transposed]) {
    const [steps, batch, gates] = (sums as Tensor3D).shape;
    const units = gates / 4;
    const nothing = () => tf.zeros<typeof tf.Rank.R2>([batch, units]);

    const forward = scan(tf, {
      carried: [nothing(), nothing()],
      sequences: [sums as Tensor3D],
      constants: [recurrent as Tensor2D],
      cell(carried, given, constants) {
        const [output, memory] = carried as [Tensor2D, Tensor2D];
        const [ofStep] = given as [Tensor2D];
        const [toSums] = constants as [Tensor2D];
        const all = tf.add<Tensor2D>(ofStep, product(tf, output, toSums));
        const [i, f, g, o] = tf.split(all, 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
        const [taken, forget, open] = [tf.sigmoid(i), tf.sigmoid(f), tf.sigmoid(o)];
        const candidate = tf.tanh(g);
        const next = tf.add<Tensor2D>(tf.mul(forget, memory), tf.mul(taken, candidate));
        const shown = tf.tanh(next);
        // What flows back is a sum of products with these.
        const factors = tf.concat(
          [
            throughSigmoid(tf, taken, candidate),
            throughSigmoid(tf, forget, memory),
            throughTanh(tf, candidate, taken),
            throughSigmoid(tf, open, shown),
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
          constants: [transposed as Tensor2D],
          isReversed: true,
          cell(carried, given, constants) {
            const [byOutput, byNext] = carried as [Tensor2D, Tensor2D];
            const [opened, forget, factors] = given as [Tensor2D, Tensor2D, Tensor2D];
            const [fromSums] = constants as [Tensor2D];
            const byMemory = tf.add<Tensor2D>(byNext, tf.mul(byOutput, opened));
            const flowing = tf.concat([byMemory, byMemory, byMemory, byOutput], 1);
            const bySums = tf.mul<Tensor2D>(flowing, factors);
            const through = product(tf, bySums, fromSums);
            return { carried: [through, tf.mul(byMemory, forget)], outputs: [bySums] };
          },
        });
        const bySums: Tensor2D = tf.reshape(backward.outputs[0] as Tensor3D, [-1, 4 * units]);
        const before: Tensor2D = tf.reshape(outputs, [steps * batch, units]);
        return { recurrent: product(tf, before, bySums, 'a'), bySums: [bySums] };
      },
    };
  },
};
