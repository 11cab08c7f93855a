import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { NetworkHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { TensorFlow } from '../../backend.ts';
import { inParts } from '../../graph/in-parts.ts';
import { hasNativeBackend } from '../../graph/native-backend.ts';
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
import { type Network, parameterCount, toArrays } from './network.ts';
import { decouplesPenalty, type Optimizer, optimizers, type Progress } from './optimizer.ts';

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
  /** l2 at each kernel's place, 0 at each bias's; undefined without a penalty. */
  readonly #penalty: Float32Array | undefined;

  constructor(setup: NetworkStepSetup) {
    const { network, shape, hyperparameters: h } = setup;
    this.#setup = setup;
    this.#optimizer = optimizers[h.optimizer];
    const parameters = parameterCount(network);
    // Parts may have rows that fill them up, and count for nothing.
    const weighsRows = setup.parts > 1 || (h.classWeights === 'balanced' && shape.classes > 0);
    const outputs = Math.max(1, shape.classes);
    this.#penalty =
      h.l2 > 0 ? new Float32Array(parameters).fill(h.l2, 0, network.kernelCount) : undefined;
    this.state = Object.fromEntries(
      this.stateNames.map((name) => [name, float32(parameters)] as const),
    );
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

  /** The parameters, then the optimizer's slots. */
  get stateNames(): string[] {
    return ['values', ...Array.from({ length: this.#optimizer.slots }, (_, i) => `slot${i}`)];
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
        const { outputs, gradient } = this.#pass(tf, Object.fromEntries(named) as Tensors);
        return { sums: [gradient], rows: [outputs] };
      },
    });
    const update = this.#optimise(tf, state, inputs, sums[0] as Tensor1D);
    return { ...update, outputs: { outputs: rows[0] as Tensor } };
  }

  /** Forward and backward, for rows of a batch. */
  #pass(tf: TensorFlow, given: Tensors): { outputs: Tensor2D; gradient: Tensor1D } {
    const { network, shape, hasTable } = this.#setup;
    const arrays = toArrays(tf, given['values'] as Tensor1D, network);
    const masks = Object.keys(this.derived).map((name) => given[name] as Tensor2D);
    const features = hasTable
      ? lookUp(tf, given['table'] as Tensor2D, given['rowNumbers'] as Tensor1D)
      : (given['features'] as Tensor2D);
    const pass = network.forward(tf, arrays, features, { masks });
    const outputs = shape.classes > 0 ? tf.softmax(pass.scores) : pass.scores;
    const error = tf.sub(outputs, given['wanted'] as Tensor2D);
    return { outputs, gradient: pass.gradient(tf.mul(error, given['errorFactor'] as Tensor)) };
  }

  /** Names of what a pass takes: what has a row for each of the batch, and what is the same for all. */
  get #passInputs(): { readonly rows: readonly string[]; readonly whole: readonly string[] } {
    const { shape: factor } = this.inputs['errorFactor'] as TensorSpec;
    const features = this.#setup.hasTable ? 'rowNumbers' : 'features';
    const rows = [features, 'wanted', ...Object.keys(this.derived)];
    const whole = ['values', ...Object.keys(this.shared)];
    return factor.length > 0
      ? { rows: [...rows, 'errorFactor'], whole }
      : { rows, whole: [...whole, 'errorFactor'] };
  }

  #optimise(
    tf: TensorFlow,
    state: Tensors,
    inputs: Tensors,
    gradient: Tensor1D,
  ): Pick<StepResult, 'state' | 'updates'> {
    const names = this.stateNames;
    const [values, ...slots] = names.map((name) => state[name] as Tensor1D);
    const factors = this.#factorNames.map((name) => inputs[name] as Scalar);
    const penalty = this.#penalty && tf.tensor1d(this.#penalty);
    const shrink = penalty && tf.mul(values as Tensor1D, penalty);
    const slope = shrink && !this.#decays ? tf.add(gradient, shrink) : gradient;
    const decay =
      shrink && this.#decays ? tf.mul(shrink, inputs['learningRate'] as Scalar) : undefined;
    const { update } = this.#optimizer;
    if (update !== undefined && hasNativeBackend(tf)) {
      const shrunk = decay && { values: tf.sub(values as Tensor1D, decay) };
      return { state: shrunk ?? {}, updates: [update(names, slope as Tensor1D, factors)] };
    }
    const parameters = { values: values as Tensor1D, slots };
    const next = this.#optimizer.apply(tf, parameters, slope as Tensor1D, factors);
    const moved = decay ? tf.sub(next.values, decay) : next.values;
    const results = [moved, ...next.slots].map(
      (tensor, i) => [names[i] as string, tensor] as const,
    );
    return { state: Object.fromEntries(results) };
  }

  get #factorNames(): string[] {
    const { length } = this.#optimizer.factors({ learningRate: 1, iteration: 1 });
    return Array.from({ length }, (_, i) => `factor${i}`);
  }

  /** Whether the penalty shrinks the weights beside the optimizer's step. */
  get #decays(): boolean {
    return this.#penalty !== undefined && decouplesPenalty(this.#setup.hyperparameters.optimizer);
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
