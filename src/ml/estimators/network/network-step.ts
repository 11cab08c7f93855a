import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { NetworkHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { TensorFlow } from '../../backend.ts';
import { inParts } from '../../graph/in-parts.ts';
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
import { type Network, prepareArrays } from './network.ts';
import type { Progress } from './optimizer.ts';
import { ParameterState } from './parameter-state.ts';

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
  readonly parameters: ParameterState;
  readonly #setup: NetworkStepSetup;

  constructor(setup: NetworkStepSetup) {
    const { network, shape, hyperparameters: h } = setup;
    this.#setup = setup;
    this.parameters = new ParameterState(network, h);
    const outputs = Math.max(1, shape.classes);
    // Parts may have rows that fill them up, and count for nothing.
    const weighsRows = setup.parts > 1 || (h.classWeights === 'balanced' && shape.classes > 0);
    this.state = this.parameters.specs;
    this.inputs = {
      ...(setup.hasTable
        ? { rowNumbers: { dtype: 'int32', shape: [-1] } as const }
        : { features: float32(-1, shape.width) }),
      wanted: float32(-1, outputs),
      // What each row's error is multiplied by, or what all are.
      errorFactor: weighsRows ? float32(-1, 1) : float32(),
      ...this.parameters.inputs,
      ...(h.dropout > 0 && { iteration: { dtype: 'int32', shape: [] } as const }),
    };
    this.shared = setup.hasTable ? { table: float32(-1, shape.width) } : {};
    this.derived = this.#masks();
    this.outputs = { outputs: float32(-1, outputs) };
  }

  get parts(): number {
    return this.#setup.parts;
  }

  /** Inputs that are numbers, for one update. */
  numbers(progress: Progress): Readonly<Record<string, number>> {
    const { iteration } = progress;
    const { dropout } = this.#setup.hyperparameters;
    return { ...this.parameters.numbers(progress), ...(dropout > 0 && { iteration }) };
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
    const { network } = this.#setup;
    const { valueNames, blocks } = this.parameters;
    const values = valueNames.map((name) => given[name] as Tensor);
    const prepared = prepareArrays(tf, network, blocks.toArrays(tf, values));
    const { rows: byRow, whole } = this.#passInputs;
    const { sums, rows } = inParts(tf, {
      parts: this.parts,
      rows: byRow.map((name) => given[name] as Tensor),
      whole: [...whole.map((name) => given[name] as Tensor), ...prepared.arrays],
      cell: (ofRows, ofAll) => {
        const tensors = [...ofRows, ...ofAll];
        const named = [...byRow, ...whole].map((name, i) => [name, tensors[i]] as const);
        const arrays = ofAll.slice(whole.length);
        const { outputs, gradients } = this.#pass(tf, Object.fromEntries(named) as Tensors, arrays);
        return { sums: gradients, rows: [outputs] };
      },
    });
    const gradients = blocks.pack(tf, prepared.gradients(sums));
    const update = this.parameters.update(tf, given, gradients);
    return { ...update, outputs: { outputs: rows[0] as Tensor } };
  }

  /** Forward and backward, for rows of a batch. */
  #pass(
    tf: TensorFlow,
    given: Tensors,
    arrays: readonly Tensor[],
  ): { outputs: Tensor2D; gradients: readonly Tensor[] } {
    const { network, shape, hasTable } = this.#setup;
    const masks = Object.keys(this.derived).map((name) => given[name] as Tensor2D);
    const features = hasTable
      ? lookUp(tf, given['table'] as Tensor2D, given['rowNumbers'] as Tensor1D)
      : (given['features'] as Tensor2D);
    const pass = network.forward(tf, arrays, features, { masks });
    const outputs = shape.classes > 0 ? tf.softmax(pass.scores) : pass.scores;
    const error = tf.sub(outputs, given['wanted'] as Tensor2D);
    return { outputs, gradients: pass.gradients(tf.mul(error, given['errorFactor'] as Tensor)) };
  }

  /** Names of what a pass takes: what has a row for each of the batch, and what is the same for all. */
  get #passInputs(): { readonly rows: readonly string[]; readonly whole: readonly string[] } {
    const { shape: factor } = this.inputs['errorFactor'] as TensorSpec;
    const features = this.#setup.hasTable ? 'rowNumbers' : 'features';
    const rows = [features, 'wanted', ...Object.keys(this.derived)];
    const whole = Object.keys(this.shared);
    return factor.length > 0
      ? { rows: [...rows, 'errorFactor'], whole }
      : { rows, whole: [...whole, 'errorFactor'] };
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
