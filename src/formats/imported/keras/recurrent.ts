import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs';
import { z } from 'zod';
import type { TensorFlow } from '../../../ml/backend.ts';
import { activate, KerasActivation } from './keras-activation.ts';
import { expectWeights, type LayerFunction } from './make-layer.ts';

type CellName = 'SimpleRNN' | 'LSTM' | 'GRU';

const Recurrent = z.object({
  units: z.int().positive(),
  activation: KerasActivation,
  recurrent_activation: KerasActivation.default('sigmoid'),
  use_bias: z.boolean(),
  /** Of GRU: Keras' own since version 2, with a bias a side. */
  reset_after: z.boolean().default(false),
  return_sequences: z.boolean().default(false),
  return_state: z.literal(false).default(false),
  go_backwards: z.boolean().default(false),
  stateful: z.literal(false).default(false),
  time_major: z.literal(false).default(false),
});
type Recurrent = z.infer<typeof Recurrent>;

/** The projection of one step of the inputs and the state before it to the state after it. */
type Cell = (projected: Tensor2D, states: readonly Tensor2D[]) => Tensor2D[];

/** A layer of cells over the steps of series [rows, steps, features]. */
export function recurrent(
  tf: TensorFlow,
  name: CellName,
  config: unknown,
  weights: readonly Tensor[],
): LayerFunction {
  const options = Recurrent.parse(config);
  const [kernel, inner, bias] = expectWeights(weights, options.use_bias ? 3 : 2) as [
    Tensor2D,
    Tensor2D,
    Tensor?,
  ];
  const { units, go_backwards: isBackwards, return_sequences: isSequence } = options;
  return (inputs) => {
    const [rows, steps, features] = inputs.shape as [number, number, number];
    // Only GRU with reset_after has a second row: the bias of the recurrent side.
    const [outerBias, innerBias] = bias?.rank === 2 ? tf.unstack(bias) : [bias];
    const cell = CELLS[name](tf, options, inner, innerBias);
    const flat: Tensor2D = tf.reshape(inputs, [-1, features]);
    const product = tf.matMul(flat, kernel);
    const summed = outerBias === undefined ? product : tf.add(product, outerBias);
    const projected = tf.unstack(tf.reshape<Rank.R3>(summed, [rows, steps, -1]), 1);
    if (isBackwards) projected.reverse();
    let states = Array.from({ length: name === 'LSTM' ? 2 : 1 }, () =>
      tf.zeros<Rank.R2>([rows, units]),
    );
    const outputs: Tensor2D[] = [];
    for (const step of projected as Tensor2D[]) {
      states = cell(step, states);
      if (isSequence) outputs.push(states[0] as Tensor2D);
    }
    return isSequence ? tf.stack(outputs, 1) : (states[0] as Tensor2D);
  };
}

type MakeCell = (
  tf: TensorFlow,
  options: Recurrent,
  inner: Tensor2D,
  innerBias: Tensor | undefined,
) => Cell;

const CELLS: Readonly<Record<CellName, MakeCell>> = {
  SimpleRNN:
    (tf, { activation }, inner) =>
    (projected, [state]) => [
      activate(tf, activation, tf.add(projected, tf.matMul(state as Tensor2D, inner))) as Tensor2D,
    ],
  /** Gates in the order input, forget, candidate, output. */
  LSTM:
    (tf, { activation, recurrent_activation: gate }, inner) =>
    (projected, [state, memory]) => {
      const sums = tf.add(projected, tf.matMul(state as Tensor2D, inner));
      const [i, f, candidate, o] = tf.split(sums, 4, 1) as [Tensor, Tensor, Tensor, Tensor];
      const kept = tf.mul(activate(tf, gate, f), memory as Tensor2D);
      const written = tf.mul(activate(tf, gate, i), activate(tf, activation, candidate));
      const next: Tensor2D = tf.add(kept, written);
      return [tf.mul(activate(tf, gate, o), activate(tf, activation, next)), next];
    },
  /** Gates in the order update, reset, candidate. */
  GRU:
    (
      tf,
      { activation, recurrent_activation: gate, reset_after: isAfter, units },
      inner,
      innerBias,
    ) =>
    (projected, [state]) => {
      const before = state as Tensor2D;
      const [z, r, candidate] = tf.split(projected, 3, 1) as [Tensor, Tensor, Tensor];
      const [gates, last] = tf.split(inner, [2 * units, units], 1) as [Tensor2D, Tensor2D];
      const side = (matrix: Tensor2D, from: number, size: number) => {
        const product = tf.matMul(before, matrix);
        if (innerBias === undefined) return product;
        return tf.add<Tensor2D>(product, tf.slice(innerBias, [from], [size]));
      };
      const [innerZ, innerR] = tf.split(side(gates, 0, 2 * units), 2, 1) as [Tensor, Tensor];
      const update = activate(tf, gate, tf.add(z, innerZ));
      const reset = activate(tf, gate, tf.add(r, innerR));
      const recalled = isAfter
        ? tf.mul(reset, side(last, 2 * units, units))
        : tf.matMul(tf.mul<Tensor2D>(reset, before), last);
      const fresh = activate(tf, activation, tf.add(candidate, recalled));
      return [tf.add(tf.mul(update, before), tf.mul(tf.sub(1, update), fresh))];
    },
};

const Direction = z.object({
  class_name: z.enum(['SimpleRNN', 'LSTM', 'GRU']),
  config: z.looseObject({ return_sequences: z.boolean().default(false) }),
});

/** One layer forwards, one backwards, and their outputs together. */
export function bidirectional(
  tf: TensorFlow,
  config: unknown,
  weights: readonly Tensor[],
): LayerFunction {
  const {
    layer,
    backward_layer: backward,
    merge_mode: mode,
  } = z
    .object({
      layer: Direction,
      backward_layer: Direction.nullish(),
      merge_mode: z.enum(['concat', 'sum', 'mul', 'ave']),
    })
    .parse(config);
  const there = recurrent(tf, layer.class_name, layer.config, weights.slice(0, weights.length / 2));
  const other = backward ?? layer;
  const back = recurrent(
    tf,
    other.class_name,
    { ...other.config, go_backwards: true },
    weights.slice(weights.length / 2),
  );
  return (inputs) => {
    const first = there(inputs);
    const last = back(inputs);
    // What was read backwards is told forwards.
    const second = layer.config.return_sequences ? tf.reverse(last, 1) : last;
    switch (mode) {
      case 'concat':
        return tf.concat([first, second], -1);
      case 'sum':
        return tf.add(first, second);
      case 'mul':
        return tf.mul(first, second);
      case 'ave':
        return tf.div(tf.add(first, second), 2);
    }
  };
}
