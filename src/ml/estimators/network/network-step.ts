import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { NetworkHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { TensorFlow } from '../../backend.ts';
import { inParts } from '../../graph/in-parts.ts';
import { hasNativeBackend } from '../../graph/native-backend.ts';
import type { Values } from '../../graph/step-runner.ts';
import type {
  DerivedSpec,
  StepResult,
  TensorSpec,
  Tensors,
  TrainingStep,
} from '../../graph/training-step.ts';
import type { ProblemShape } from '../estimator.ts';
import { dropoutMask, dropoutMaskInGraph } from './dropout-mask.ts';
import { lookUp } from './look-up.ts';
import { type ArrayShape, isKernel, type Network, sizeOf } from './network.ts';
import { decouplesPenalty, type Optimizer, optimizers, type Progress } from './optimizer.ts';
import { type Block, ParameterBlocks } from './parameter-blocks.ts';

/** What a step of a network depends on, beside its state and inputs. */
export interface NetworkStepSetup {
  readonly network: Network;
  readonly shape: ProblemShape;
  readonly hyperparameters: NetworkHyperparameters;
  readonly seed: number;
  /** How many parts of a batch's rows are done side by side. */
  readonly parts: number;
  /** Whether batches are numbers of rows of a table that all steps share, or features themselves. */
  readonly hasTable: boolean;
}

/** Names of parameters, and of what an optimizer remembers beside them. */
const KINDS = ['values', 'slot0', 'slot1'] as const;

const float32 = (...shape: number[]): TensorSpec => ({ dtype: 'float32', shape });

/** One update from one batch: forward, backward, optimizer. */
export class NetworkStep implements TrainingStep {
  readonly state: Readonly<Record<string, TensorSpec>>;
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  readonly derived: Readonly<Record<string, DerivedSpec>>;
  readonly shared: Readonly<Record<string, TensorSpec>>;
  readonly outputs: Readonly<Record<string, TensorSpec>>;
  readonly #setup: NetworkStepSetup;
  readonly #optimizer: Optimizer;
  readonly #blocks: ParameterBlocks;

  constructor(setup: NetworkStepSetup) {
    const { network, shape, hyperparameters: h } = setup;
    this.#setup = setup;
    this.#optimizer = optimizers[h.optimizer];
    this.#blocks = new ParameterBlocks(network);
    const outputs = Math.max(1, shape.classes);
    // Parts may have rows that fill them up, and count for nothing.
    const weighsRows = setup.parts > 1 || (h.classWeights === 'balanced' && shape.classes > 0);
    const state = this.#blocks.all.flatMap((block) =>
      this.#stateOf(block).map((name) => [name, float32(...block.shape)] as const),
    );
    this.state = Object.fromEntries(state);
    this.inputs = {
      ...(setup.hasTable
        ? { rowNumbers: { dtype: 'int32', shape: [-1] } as const }
        : { features: float32(-1, shape.width) }),
      wanted: float32(-1, outputs),
      // What each row's error is multiplied by, or what all are.
      errorFactor: weighsRows ? float32(-1, 1) : float32(),
      ...Object.fromEntries(this.#factorNames.map((name) => [name, float32()] as const)),
      ...(this.#decays && { learningRate: float32() }),
      ...(h.dropout > 0 && { iteration: { dtype: 'int32', shape: [] } as const }),
    };
    this.shared = setup.hasTable ? { table: float32(-1, shape.width) } : {};
    this.derived = this.#masks();
    this.outputs = { outputs: float32(-1, outputs) };
  }

  /** Its state, of the vectors of all parameters and of the optimizer's slots. */
  cut(vectors: readonly Float32Array[]): Readonly<Record<string, Float32Array>> {
    const cut = vectors.map((vector) => this.#blocks.cut(vector));
    const values = this.#blocks.all.flatMap((block, i) =>
      this.#stateOf(block).map((name, kind) => [name, cut[kind]?.[i] as Float32Array] as const),
    );
    return Object.fromEntries(values);
  }

  /** The vectors of all parameters and of the optimizer's slots, of its state. */
  join(state: Values): Float32Array[] {
    return KINDS.slice(0, 1 + this.#optimizer.slots).map((_, kind) =>
      this.#blocks.join(
        this.#blocks.all.map(
          (block) => state[this.#stateOf(block)[kind] as string] as Float32Array,
        ),
      ),
    );
  }

  /** Names of a block's parameters and of their slots. */
  #stateOf({ prefix }: Block): string[] {
    return KINDS.slice(0, 1 + this.#optimizer.slots).map((kind) => `${prefix}${kind}`);
  }

  /** Inputs that are numbers, for one update. */
  numbers(progress: Progress): Readonly<Record<string, number>> {
    const factors = this.#optimizer.factors(progress);
    const named = this.#factorNames.map((name, i) => [name, factors[i] as number] as const);
    const { dropout } = this.#setup.hyperparameters;
    return {
      ...Object.fromEntries(named),
      ...(this.#decays && { learningRate: progress.learningRate }),
      ...(dropout > 0 && { iteration: progress.iteration }),
    };
  }

  get parts(): number {
    return this.#setup.parts;
  }

  /** Values of the input `errorFactor`. @param rowWeights [rows], or undefined where all count 1 */
  errorFactors(
    rows: number,
    scale: number,
    rowWeights: Float32Array | undefined,
  ): ArrayLike<number> {
    if (this.inputs['errorFactor']?.shape.length === 0) return [scale];
    return rowWeights?.map((weight) => weight * scale) ?? new Float32Array(rows).fill(scale);
  }

  run(tf: TensorFlow, state: Tensors, inputs: Tensors): StepResult {
    const given: Tensors = { ...inputs, ...state };
    const { rows: byRow, whole } = this.#passInputs;
    const { sums, rows } = inParts(tf, {
      parts: this.parts,
      rows: byRow.map((name) => given[name] as Tensor),
      whole: whole.map((name) => given[name] as Tensor),
      cell: (ofRows, ofAll) => {
        const named = [...byRow, ...whole].map((name, i) => [name, [...ofRows, ...ofAll][i]]);
        const { outputs, gradients } = this.#pass(tf, Object.fromEntries(named) as Tensors);
        return { sums: gradients, rows: [outputs] };
      },
    });
    const results = this.#blocks.all.map((block, i) =>
      this.#optimise(tf, block, given, sums[i] as Tensor),
    );
    return {
      state: Object.assign({}, ...results.map((result) => result.state)),
      updates: results.flatMap(({ updates = [] }) => updates),
      outputs: { outputs: rows[0] as Tensor },
    };
  }

  /** Forward and backward, for rows of a batch. */
  #pass(tf: TensorFlow, given: Tensors): { outputs: Tensor2D; gradients: Tensor[] } {
    const { network, shape, hasTable } = this.#setup;
    const blocks = this.#valueNames.map((name) => given[name] as Tensor);
    const arrays = this.#blocks.toArrays(tf, blocks);
    const masks = Object.keys(this.derived).map((name) => given[name] as Tensor2D);
    const features = hasTable
      ? lookUp(tf, given['table'] as Tensor2D, given['rowNumbers'] as Tensor1D)
      : (given['features'] as Tensor2D);
    const pass = network.forward(tf, arrays, features, { masks });
    const outputs = shape.classes > 0 ? tf.softmax(pass.scores) : pass.scores;
    const error = tf.sub(outputs, given['wanted'] as Tensor2D);
    const gradients = pass.gradients(tf.mul(error, given['errorFactor'] as Tensor));
    return { outputs, gradients: this.#blocks.pack(tf, gradients) };
  }

  /** Names of what a pass takes: what has a row for each of the batch, and what is the same for all. */
  get #passInputs(): { readonly rows: readonly string[]; readonly whole: readonly string[] } {
    const { shape: factor } = this.inputs['errorFactor'] as TensorSpec;
    const features = this.#setup.hasTable ? 'rowNumbers' : 'features';
    const rows = [features, 'wanted', ...Object.keys(this.derived)];
    const whole = [...this.#valueNames, ...Object.keys(this.shared)];
    return factor.length > 0
      ? { rows: [...rows, 'errorFactor'], whole }
      : { rows, whole: [...whole, 'errorFactor'] };
  }

  /** @param given state and inputs @param gradient by the block */
  #optimise(
    tf: TensorFlow,
    block: Block,
    given: Tensors,
    gradient: Tensor,
  ): Pick<StepResult, 'state' | 'updates'> {
    const names = this.#stateOf(block);
    const [values, ...slots] = names.map((name) => given[name]) as [Tensor, ...Tensor[]];
    const factors = this.#factorNames.map((name) => given[name] as Scalar);
    const penalty = this.#penaltyOf(tf, block);
    const shrink = penalty && tf.mul(values, penalty);
    const slope = shrink && !this.#decays ? tf.add(gradient, shrink) : gradient;
    const decay =
      shrink && this.#decays ? tf.mul(shrink, given['learningRate'] as Scalar) : undefined;
    const { update } = this.#optimizer;
    if (update !== undefined && hasNativeBackend(tf)) {
      const shrunk: Tensors = decay ? { [names[0] as string]: tf.sub(values, decay) } : {};
      return { state: shrunk, updates: [update(names, slope, factors)] };
    }
    const next = this.#optimizer.apply(tf, { values, slots }, slope, factors);
    const moved = decay ? tf.sub(next.values, decay) : next.values;
    const results = [moved, ...next.slots].map(
      (tensor, i) => [names[i] as string, tensor] as const,
    );
    return { state: Object.fromEntries(results) };
  }

  /** l2 at each kernel's place, 0 at each bias's; undefined without a penalty. */
  #penaltyOf(tf: TensorFlow, { members }: Block): Tensor | undefined {
    const { network, hyperparameters } = this.#setup;
    const { l2 } = hyperparameters;
    if (l2 === 0) return undefined;
    const arrays = members.map((member) => network.arrays[member] as ArrayShape);
    if (arrays.every(isKernel)) return tf.scalar(l2);
    const factors = arrays.map((array) =>
      Array.from({ length: sizeOf(array.shape) }, () => (isKernel(array) ? l2 : 0)),
    );
    return tf.tensor1d(factors.flat());
  }

  get #valueNames(): string[] {
    return this.#blocks.all.map((block) => this.#stateOf(block)[0] as string);
  }

  get #factorNames(): string[] {
    const { length } = this.#optimizer.factors({ learningRate: 1, iteration: 1 });
    return Array.from({ length }, (_, i) => `factor${i}`);
  }

  /** Whether the penalty shrinks the weights beside the optimizer's step. */
  get #decays(): boolean {
    const { l2, optimizer } = this.#setup.hyperparameters;
    return l2 > 0 && decouplesPenalty(optimizer);
  }

  #masks(): Record<string, DerivedSpec> {
    const { network, hyperparameters, seed } = this.#setup;
    const { dropout: rate } = hyperparameters;
    if (rate === 0) return {};
    const masks = network.maskedUnits.map((units, layer): [string, DerivedSpec] => [
      `mask${layer}`,
      {
        ...float32(-1, units),
        make: ({ iteration }, batch) =>
          dropoutMask(batch * units, rate, { seed, layer, iteration: iteration?.[0] ?? 0 }),
        build: (scope, inputs, batch) => {
          const iteration = inputs['iteration'];
          if (iteration === undefined) throw new TypeError('Dropout needs the iteration.');
          return dropoutMaskInGraph(scope, { seed, layer, rate }, units, { iteration, batch });
        },
      },
    ]);
    return Object.fromEntries(masks);
  }
}
