import type { Tensor1D } from '@tensorflow/tfjs';
import type { OptimizerName } from '../../../schemas/hyperparameters.ts';
import type { TensorFlow } from '../../backend.ts';

/** All parameters of a model as one vector, and what the optimizer remembers beside it. */
export interface Parameters {
  readonly values: Tensor1D; // [parameters]
  readonly slots: readonly Tensor1D[]; // each [parameters]
}

export interface Update {
  readonly gradient: Tensor1D; // [parameters]
  readonly learningRate: number;
  /** Updates done, this one included. Beta powers are made from it, so nothing else is hidden. */
  readonly iteration: number;
}

/** A rule that maps parameters and a gradient to new parameters, and keeps nothing itself. */
export interface Optimizer {
  readonly slots: number;
  apply(tf: TensorFlow, parameters: Parameters, update: Update): Parameters;
}

const MOMENTUM = 0.9;
const RHO = 0.9;
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/** θ ← θ − αg */
const descend: Optimizer = {
  slots: 0,
  apply: (tf, { values }, { gradient, learningRate }) => ({
    values: tf.sub(values, tf.mul(gradient, learningRate)),
    slots: [],
  }),
};

/** v ← μv + g; θ ← θ − αv (Polyak 1964; Sutskever et al., ICML 2013) */
const momentum: Optimizer = {
  slots: 1,
  apply(tf, { values, slots: [velocity] }, { gradient, learningRate }) {
    const next = tf.add(tf.mul(velocity as Tensor1D, MOMENTUM), gradient);
    return { values: tf.sub(values, tf.mul(next, learningRate)), slots: [next as Tensor1D] };
  },
};

/** v ← ρv + (1 − ρ)g²; θ ← θ − αg / (√v + ε) (Tieleman & Hinton 2012) */
const rmsprop: Optimizer = {
  slots: 1,
  apply(tf, { values, slots: [square] }, { gradient, learningRate }) {
    const next = approach(tf, square as Tensor1D, tf.square(gradient), 1 - RHO);
    const step = tf.div(tf.mul(gradient, learningRate), tf.add(tf.sqrt(next), EPSILON));
    return { values: tf.sub(values, step), slots: [next] };
  },
};

/**
 * m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − α m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ) and
 * v̂ = v / (1 − β₂ᵗ) (Kingma & Ba, ICLR 2015), the corrections being folded into α and ε.
 */
const adam: Optimizer = {
  slots: 2,
  apply(tf, { values, slots: [mean, square] }, { gradient, learningRate, iteration }) {
    const nextMean = approach(tf, mean as Tensor1D, gradient, 1 - BETA_1);
    const nextSquare = approach(tf, square as Tensor1D, tf.square(gradient), 1 - BETA_2);
    const correction = Math.sqrt(1 - BETA_2 ** iteration);
    const rate = (learningRate * correction) / (1 - BETA_1 ** iteration);
    const scale = tf.add(tf.sqrt(nextSquare), EPSILON * correction);
    return {
      values: tf.sub(values, tf.mul(tf.div(nextMean, scale), rate)),
      slots: [nextMean, nextSquare],
    };
  },
};

const approach = (tf: TensorFlow, from: Tensor1D, to: Tensor1D, share: number): Tensor1D =>
  tf.add(from, tf.mul(tf.sub(to, from), share));

/** AdamW differs in the penalty alone, which shrinks the weights beside the step, not through it. */
export const decouplesPenalty = (name: OptimizerName): boolean => name === 'adamw';

export const optimizers: Record<OptimizerName, Optimizer> = {
  gd: descend,
  sgd: descend,
  momentum,
  rmsprop,
  adam,
  adamw: adam,
};
