import type { Scalar, Tensor } from '@tensorflow/tfjs';
import type { OptimizerName } from '../../../schemas/hyperparameters.ts';
import type { TensorFlow } from '../../backend.ts';
import { type } from '../../graph/graph-builder.ts';
import type { NativeUpdate } from '../../graph/training-step.ts';

/** Parameters of a model, and what the optimizer remembers beside them: tensors of one form. */
export interface Parameters {
  readonly values: Tensor;
  readonly slots: readonly Tensor[];
}

export interface Progress {
  readonly learningRate: number;
  /** Updates done, this one included. Beta powers are made from it, so nothing else is hidden. */
  readonly iteration: number;
}

/** A rule that maps parameters and a gradient to new parameters, and keeps nothing itself. */
export interface Optimizer {
  readonly slots: number;
  /** The numbers of an update that change from step to step. */
  factors(progress: Progress): readonly number[];
  /** @param gradient of their form @param factors as numbers, or as scalars of a step's inputs */
  apply(
    tf: TensorFlow,
    parameters: Parameters,
    gradient: Tensor,
    factors: readonly (number | Scalar)[],
  ): Parameters;
  /**
   * The same by one op of native TensorFlow in place, where there is one: other roundings, and one
   * pass through memory where `apply` takes up to twelve.
   * @param state names of the parameters and of the slots
   */
  readonly update?: (
    tf: TensorFlow,
    state: readonly string[],
    gradient: Tensor,
    factors: readonly Tensor[],
  ) => NativeUpdate;
}

const MOMENTUM = 0.9;
const RHO = 0.9;
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/** Of TensorFlow's ops. */
const ATTRIBUTES: NativeUpdate['attributes'] = {
  T: type('float32'),
  use_locking: { kind: 'bool', value: false },
  use_nesterov: { kind: 'bool', value: false },
};

/** θ ← θ − αg */
const descend: Optimizer = {
  slots: 0,
  factors: ({ learningRate }) => [learningRate],
  apply: (tf, { values }, gradient, [rate = 0]) => ({
    values: tf.sub(values, tf.mul(gradient, rate)),
    slots: [],
  }),
  update: (_tf, state, gradient, factors) => ({
    op: 'ResourceApplyGradientDescent',
    state,
    values: [...factors, gradient],
    attributes: { T: type('float32'), use_locking: { kind: 'bool', value: false } },
  }),
};

/** v ← μv + g; θ ← θ − αv (Polyak 1964; Sutskever et al., ICML 2013) */
const momentum: Optimizer = {
  slots: 1,
  factors: ({ learningRate }) => [learningRate],
  apply(tf, { values, slots: [velocity] }, gradient, [rate = 0]) {
    const next = tf.add(tf.mul(velocity as Tensor, MOMENTUM), gradient);
    return { values: tf.sub(values, tf.mul(next, rate)), slots: [next] };
  },
  update: (tf, state, gradient, [rate]) => ({
    op: 'ResourceApplyMomentum',
    state,
    values: [rate as Tensor, gradient, tf.scalar(MOMENTUM)],
    attributes: ATTRIBUTES,
  }),
};

/** v ← ρv + (1 − ρ)g²; θ ← θ − αg / (√v + ε) (Tieleman & Hinton 2012) */
const rmsprop: Optimizer = {
  slots: 1,
  factors: ({ learningRate }) => [learningRate],
  // TensorFlow's own op has ε under the root, which is another rule: so none is fused.
  apply(tf, { values, slots: [square] }, gradient, [rate = 0]) {
    const next = approach(tf, square as Tensor, tf.square(gradient), 1 - RHO);
    const step = tf.div(tf.mul(gradient, rate), tf.add(tf.sqrt(next), EPSILON));
    return { values: tf.sub(values, step), slots: [next] };
  },
};

/**
 * m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; θ ← θ − α m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ) and
 * v̂ = v / (1 − β₂ᵗ) (Kingma & Ba, ICLR 2015), the corrections being folded into α and ε.
 */
const adam: Optimizer = {
  slots: 2,
  // The first two are what `apply` takes; all but the first are inputs of TensorFlow's op.
  factors({ learningRate, iteration }) {
    const [power1, power2] = [BETA_1 ** iteration, BETA_2 ** iteration];
    const correction = Math.sqrt(1 - power2);
    const rate = (learningRate * correction) / (1 - power1);
    return [rate, EPSILON * correction, power1, power2, learningRate];
  },
  apply(tf, { values, slots: [mean, square] }, gradient, [rate = 0, epsilon = 0]) {
    const nextMean = approach(tf, mean as Tensor, gradient, 1 - BETA_1);
    const nextSquare = approach(tf, square as Tensor, tf.square(gradient), 1 - BETA_2);
    const scale = tf.add(tf.sqrt(nextSquare), epsilon);
    return {
      values: tf.sub(values, tf.mul(tf.div(nextMean, scale), rate)),
      slots: [nextMean, nextSquare],
    };
  },
  update: (tf, state, gradient, [, epsilon, power1, power2, learningRate]) => ({
    op: 'ResourceApplyAdam',
    state,
    values: [
      ...([power1, power2, learningRate] as Tensor[]),
      ...[tf.scalar(BETA_1), tf.scalar(BETA_2), epsilon as Tensor, gradient],
    ],
    attributes: ATTRIBUTES,
  }),
};

const approach = (tf: TensorFlow, from: Tensor, to: Tensor, share: number): Tensor =>
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
