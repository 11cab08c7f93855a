import { expect, test } from 'vitest';
import { loadTensorFlow } from '../../../src/ml/backend.ts';
import { optimizers, type Parameters } from '../../../src/ml/estimators/network/optimizer.ts';
import { OptimizerName } from '../../../src/schemas/hyperparameters.ts';
import { expectClose } from '../../support/close.ts';

const RATE = 0.1;
const STARTS = [1, -2, 0.5];
/** Gradients of three parameters in five steps, of both signs and many sizes. */
const GRADIENTS = [
  [0.5, -1, 1e-3],
  [-0.25, -1, 2e-3],
  [2, 0, -5e-3],
  [0.125, 4, 1e-2],
  [-1, -0.5, 0],
];

/** The textbook's recurrence for one parameter, in float64, step by step. */
type Recurrence = () => (parameter: number, gradient: number, step: number) => number;

const descend: Recurrence = () => (parameter, gradient) => parameter - RATE * gradient;

const adam: Recurrence = () => {
  let [mean, square] = [0, 0];
  return (parameter, gradient, step) => {
    mean = 0.9 * mean + 0.1 * gradient;
    square = 0.999 * square + 0.001 * gradient ** 2;
    const unbiasedMean = mean / (1 - 0.9 ** step);
    const unbiasedSquare = square / (1 - 0.999 ** step);
    return parameter - (RATE * unbiasedMean) / (Math.sqrt(unbiasedSquare) + 1e-8);
  };
};

const RECURRENCES: Record<OptimizerName, Recurrence> = {
  gd: descend,
  sgd: descend,
  momentum: () => {
    let velocity = 0;
    return (parameter, gradient) => {
      velocity = 0.9 * velocity + gradient;
      return parameter - RATE * velocity;
    };
  },
  rmsprop: () => {
    let square = 0;
    return (parameter, gradient) => {
      square = 0.9 * square + 0.1 * gradient ** 2;
      return parameter - (RATE * gradient) / (Math.sqrt(square) + 1e-8);
    };
  },
  adam,
  // Without a penalty AdamW is Adam; the penalty is tested with the network.
  adamw: adam,
};

test.each(OptimizerName.options)('%s takes the steps of its formula', async (name) => {
  const tf = await loadTensorFlow();
  const { slots, factors, apply } = optimizers[name];
  const steps = STARTS.map(() => RECURRENCES[name]());
  let expected = STARTS;
  let parameters: Parameters = {
    values: tf.tensor1d(STARTS),
    slots: Array.from({ length: slots }, () => tf.zeros<typeof tf.Rank.R1>([STARTS.length])),
  };
  for (const [index, gradient] of GRADIENTS.entries()) {
    const given = factors({ learningRate: RATE, iteration: index + 1 });
    parameters = apply(tf, parameters, tf.tensor1d(gradient), given);
    expected = expected.map(
      (value, i) => steps[i]?.(value, gradient[i] as number, index + 1) as number,
    );
    expectClose(parameters.values.dataSync(), expected, 2e-6);
    expect(parameters.slots).toHaveLength(slots);
  }
});
