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

/** A network's parameters and their optimizer's slots as the state of a step, and how an update changes it. */
export class ParameterState {
  readonly specs: Specs;
  /** Numbers that an update takes. */
  readonly inputs: Specs;
  /** Of the parameters alone, in the order of the blocks. */
  readonly valueNames: readonly string[];
  readonly blocks: ParameterBlocks;
  readonly #network: Network;
  readonly #optimizer: Optimizer;
  readonly #l2: number;
  /** Whether the penalty shrinks the weights beside the optimizer's step. */
  readonly #decays: boolean;

  constructor(network: Network, { optimizer, l2 }: NetworkHyperparameters) {
    this.blocks = new ParameterBlocks(network);
    this.#network = network;
    this.#optimizer = optimizers[optimizer];
    this.#l2 = l2;
    this.#decays = l2 > 0 && decouplesPenalty(optimizer);
    const { all } = this.blocks;
    this.valueNames = all.map((block) => this.#namesOf(block)[0] as string);
    this.specs = Object.fromEntries(
      all.flatMap((block) =>
        this.#namesOf(block).map((name) => [name, { ...FLOAT, shape: block.shape }]),
      ),
    );
    const progress = { learningRate: 1, iteration: 1 };
    this.inputs = Object.fromEntries(
      Object.keys(this.numbers(progress)).map((name) => [name, FLOAT]),
    );
  }

  /** Inputs of one update. */
  numbers(progress: Progress): Readonly<Record<string, number>> {
    const factors = this.#optimizer.factors(progress);
    const named = factors.map((factor, i) => [`factor${i}`, factor] as const);
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
    const values = this.blocks.all.flatMap((block, i) =>
      this.#namesOf(block).map((name, kind) => [name, cut[kind]?.[i] as Float32Array] as const),
    );
    return Object.fromEntries(values);
  }

  /** The vectors of all parameters and of the optimizer's slots, of the state. */
  join(state: Values): Float32Array[] {
    const names = this.blocks.all.map((block) => this.#namesOf(block));
    return Array.from({ length: 1 + this.#optimizer.slots }, (_, kind) =>
      this.blocks.join(names.map((ofBlock) => state[ofBlock[kind] as string] as Float32Array)),
    );
  }

  /** @param given state and inputs @param gradients by the blocks */
  update(
    tf: TensorFlow,
    given: Tensors,
    gradients: readonly Tensor[],
  ): Required<Pick<StepResult, 'state' | 'updates'>> {
    const results = this.blocks.all.map((block, i) =>
      this.#updateBlock(tf, block, given, gradients[i] as Tensor),
    );
    return {
      state: Object.assign({}, ...results.map(({ state }) => state)),
      updates: results.flatMap(({ updates = [] }) => updates),
    };
  }

  #updateBlock(
    tf: TensorFlow,
    block: Block,
    given: Tensors,
    gradient: Tensor,
  ): Pick<StepResult, 'state' | 'updates'> {
    const names = this.#namesOf(block);
    const [values, ...slots] = names.map((name) => given[name]) as [Tensor, ...Tensor[]];
    const { update, apply, factors: count } = this.#optimizer;
    const factors = count({ learningRate: 1, iteration: 1 }).map(
      (_, i) => given[`factor${i}`] as Scalar,
    );
    const penalty = this.#penaltyOf(tf, block);
    const shrink = penalty && tf.mul(values, penalty);
    const slope = shrink && !this.#decays ? tf.add(gradient, shrink) : gradient;
    const decay =
      shrink && this.#decays ? tf.mul(shrink, given['learningRate'] as Scalar) : undefined;
    if (update !== undefined && hasNativeBackend(tf)) {
      const shrunk: Tensors = decay ? { [names[0] as string]: tf.sub(values, decay) } : {};
      return { state: shrunk, updates: [update(names, slope, factors)] };
    }
    const next = apply(tf, { values, slots }, slope, factors);
    const moved = decay ? tf.sub(next.values, decay) : next.values;
    const results = [moved, ...next.slots].map(
      (tensor, i) => [names[i] as string, tensor] as const,
    );
    return { state: Object.fromEntries(results) };
  }

  /** l2 at each kernel's place, 0 at each bias's; undefined without a penalty. */
  #penaltyOf(tf: TensorFlow, { members }: Block): Tensor | undefined {
    const l2 = this.#l2;
    if (l2 === 0) return undefined;
    const arrays = members.map((member) => this.#network.arrays[member] as ArrayShape);
    if (arrays.every(isKernel)) return tf.scalar(l2);
    const factors = arrays.map((array) =>
      Array.from({ length: sizeOf(array.shape) }, () => (isKernel(array) ? l2 : 0)),
    );
    return tf.tensor1d(factors.flat());
  }

  /** Of a block's parameters and of their slots. */
  #namesOf({ prefix }: Block): string[] {
    return KINDS.slice(0, 1 + this.#optimizer.slots).map((kind) => `${prefix}${kind}`);
  }
}
