import type { Scalar, Tensor } from '@tensorflow/tfjs';
import type { NetworkHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { TensorFlow } from '../../backend.ts';
import { hasNativeBackend } from '../../graph/native-backend.ts';
import type { StepRunner, Values } from '../../graph/step-runner.ts';
import type { Specs, StepResult, Tensors } from '../../graph/training-step.ts';
import { type ArrayShape, isKernel, type Network, sizeOf } from './network.ts';
import { decouplesPenalty, type Optimizer, optimizers, type Progress } from './optimizer.ts';
import { type Block, ParameterBlocks } from './parameter-blocks.ts';

/** Names of parameters, and of what an optimizer remembers beside them. */
const KINDS = ['values', 'slot0', 'slot1'] as const;

const FLOAT: Specs[string] = { dtype: 'float32', shape: [] };

/** What belongs to a block of parameters. */
interface BlockState {
  /** Of its values and of the optimizer's slots. */
  readonly names: readonly string[];
  /** l2, or l2 at each kernel's place and 0 at each bias's; null without a penalty. */
  readonly penalty: number | Float32Array | null;
}

/** A network's parameters and their optimizer's slots as the state of a step, and how an update changes it. */
export class ParameterState {
  readonly specs: Specs;
  /** Numbers that an update takes. */
  readonly inputs: Specs;
  /** Of the parameters alone, in the order of the blocks. */
  readonly valueNames: readonly string[];
  readonly blocks: ParameterBlocks;
  readonly #optimizer: Optimizer;
  readonly #factorNames: readonly string[];
  /** In the order of the blocks. */
  readonly #states: readonly BlockState[];
  /** Whether the penalty shrinks the weights beside the optimizer's step. */
  readonly #decays: boolean;

  constructor(network: Network, { optimizer, l2 }: NetworkHyperparameters) {
    this.blocks = new ParameterBlocks(network);
    this.#optimizer = optimizers[optimizer];
    this.#decays = l2 > 0 && decouplesPenalty(optimizer);
    const progress = { learningRate: 1, iteration: 1 };
    this.#factorNames = this.#optimizer.factors(progress).map((_, i) => `factor${i}`);
    const { all } = this.blocks;
    const kinds = KINDS.slice(0, 1 + this.#optimizer.slots);
    this.#states = all.map((block) => ({
      names: kinds.map((kind) => `${block.prefix}${kind}`),
      penalty: l2 > 0 ? penaltyOf(network, block, l2) : null,
    }));
    this.valueNames = this.#states.map(({ names }) => names[0] as string);
    this.specs = Object.fromEntries(
      all.flatMap(({ shape }, i) =>
        (this.#states[i] as BlockState).names.map((name) => [name, { ...FLOAT, shape }]),
      ),
    );
    this.inputs = Object.fromEntries(
      Object.keys(this.numbers(progress)).map((name) => [name, FLOAT]),
    );
  }

  /** Inputs of one update. */
  numbers(progress: Progress): Readonly<Record<string, number>> {
    const factors = this.#optimizer.factors(progress);
    const named = this.#factorNames.map((name, i) => [name, factors[i] as number] as const);
    const { learningRate } = progress;
    return { ...Object.fromEntries(named), ...(this.#decays && { learningRate }) };
  }

  /** Has a runner go on from the vectors of all parameters and of the optimizer's slots. */
  write(tf: TensorFlow, runner: StepRunner, vectors: readonly Float32Array[]): void {
    const values = this.cut(vectors);
    const state = Object.entries(this.specs).map(
      ([name, { shape }]) => [name, tf.tensor(values[name] as Float32Array, [...shape])] as const,
    );
    runner.write(Object.fromEntries(state));
    tf.dispose(state.map(([, tensor]) => tensor));
  }

  /** The state, of the vectors of all parameters and of the optimizer's slots. */
  cut(vectors: readonly Float32Array[]): Readonly<Record<string, Float32Array>> {
    const cut = vectors.map((vector) => this.blocks.cut(vector));
    const values = this.#states.flatMap(({ names }, i) =>
      names.map((name, kind) => [name, cut[kind]?.[i] as Float32Array] as const),
    );
    return Object.fromEntries(values);
  }

  /** The vectors of all parameters and of the optimizer's slots, of the state. */
  join(state: Values): Float32Array[] {
    return Array.from({ length: 1 + this.#optimizer.slots }, (_, kind) =>
      this.blocks.join(
        this.#states.map(({ names }) => state[names[kind] as string] as Float32Array),
      ),
    );
  }

  /** @param given state and inputs @param gradients by the blocks */
  update(
    tf: TensorFlow,
    given: Tensors,
    gradients: readonly Tensor[],
  ): Required<Pick<StepResult, 'state' | 'updates'>> {
    const factors = this.#factorNames.map((name) => given[name] as Scalar);
    const results = this.#states.map((state, i) =>
      this.#updateBlock(tf, state, given, gradients[i] as Tensor, factors),
    );
    return {
      state: Object.assign({}, ...results.map(({ state }) => state)),
      updates: results.flatMap(({ updates = [] }) => updates),
    };
  }

  #updateBlock(
    tf: TensorFlow,
    { names, penalty }: BlockState,
    given: Tensors,
    gradient: Tensor,
    factors: readonly Scalar[],
  ): Pick<StepResult, 'state' | 'updates'> {
    const [values, ...slots] = names.map((name) => given[name]) as [Tensor, ...Tensor[]];
    const { update, apply } = this.#optimizer;
    const shrink = penalty === null ? undefined : tf.mul(values, tf.tensor(penalty));
    const slope = shrink && !this.#decays ? tf.add(gradient, shrink) : gradient;
    const decay =
      shrink && this.#decays ? tf.mul(shrink, given['learningRate'] as Scalar) : undefined;
    if (update !== undefined && hasNativeBackend(tf)) {
      const shrunk: Tensors = decay ? { [names[0] as string]: tf.sub(values, decay) } : {};
      return { state: shrunk, updates: [update(tf, names, slope, factors)] };
    }
    const next = apply(tf, { values, slots }, slope, factors);
    const moved = decay ? tf.sub(next.values, decay) : next.values;
    const results = [moved, ...next.slots].map(
      (tensor, i) => [names[i] as string, tensor] as const,
    );
    return { state: Object.fromEntries(results) };
  }
}

function penaltyOf({ arrays }: Network, { members }: Block, l2: number): number | Float32Array {
  const own = members.map((member) => arrays[member] as ArrayShape);
  if (own.every(isKernel)) return l2;
  const factors = new Float32Array(own.reduce((sum, { shape }) => sum + sizeOf(shape), 0));
  let end = 0;
  for (const array of own) {
    const start = end;
    end += sizeOf(array.shape);
    if (isKernel(array)) factors.fill(l2, start, end);
  }
  return factors;
}
