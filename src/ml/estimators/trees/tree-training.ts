import { z } from 'zod';
import type { Tree } from '../../lightgbm/tree.ts';
import { TreeGrower, type TreeParameters } from '../../lightgbm/tree-grower.ts';
import { RandomStream } from '../../random.ts';
import { bytesOf, decodeSnapshot, encodeSnapshot, toFloat64 } from '../../training/snapshot.ts';
import type { TrainingData } from '../../training/training-data.ts';
import { decodeWeights, encodeWeights, type Weights } from '../../weights.ts';
import type { StepReport, Training, TrainingSetup } from '../estimator.ts';
import type { Derivatives, TreeLoss } from './tree-loss.ts';
import { finishOutputs, TreeSums } from './tree-predictor.ts';
import { fromWeights, toWeights } from './tree-weights.ts';

/** How an ensemble of trees is trained, boosted or bagged. */
export interface TreePlan {
  /** Iterations; each grows one tree, or one a class. */
  readonly iterations: number;
  readonly earlyStopping: { readonly patience: number | null } | null;
  readonly learningRate: number | null;
  readonly parameters: TreeParameters;
  readonly loss: TreeLoss;
  /** Boosted trees add up, each fits what those before it left; others are averaged. */
  readonly isBoosted: boolean;
  /** [classes]: what a row of the class counts for; undefined: all alike. */
  readonly classWeights: readonly number[] | undefined;
  /** How often each row is in the sample of this iteration; undefined: each once. */
  sample(rows: number, iteration: number): Uint8Array | undefined;
}

const State = z.strictObject({ iteration: z.int().nonnegative(), done: z.boolean() });

/**
 * Grows an ensemble iteration by iteration. All that an iteration depends on is in the sums of the
 * trees before it, and in streams named by its number, so that a training goes on bit for bit.
 */
export class TreeTraining implements Training {
  readonly execution = null;
  readonly maxEpochs: number;
  readonly earlyStopping: TreePlan['earlyStopping'];
  readonly #plan: TreePlan;
  readonly #seed: number;
  readonly #grower: TreeGrower;
  /** [rows]: weight of the row by its class. */
  readonly #weights: Float64Array;
  readonly #base: Float64Array;
  readonly #derivatives: Derivatives;
  /** [outputs, rows]: what the trees so far add up to. */
  readonly #sums: Float64Array;
  readonly #trees: Tree[];
  readonly #known = new WeakMap<TrainingData, TreeSums>();
  #iteration: number;
  #done: boolean;

  private constructor(plan: TreePlan, seed: number, grower: TreeGrower, kept: Kept) {
    this.#plan = plan;
    this.#seed = seed;
    this.#grower = grower;
    this.maxEpochs = plan.iterations;
    this.earlyStopping = plan.earlyStopping;
    const { targets, rows } = grower;
    const size = rows * plan.loss.outputs;
    this.#weights = Float64Array.from(targets, (target) => plan.classWeights?.[target] ?? 1);
    this.#base = plan.loss.base(targets, this.#weights);
    this.#derivatives = {
      gradients: new Float32Array(size),
      hessians: new Float32Array(size),
    };
    this.#sums = kept.sums ?? new Float64Array(size);
    this.#trees = [...kept.trees];
    this.#iteration = kept.iteration;
    this.#done = kept.done;
  }

  static async open<H>(
    plan: TreePlan,
    { data, seed }: TrainingSetup<H>,
    state?: Uint8Array,
  ): Promise<TreeTraining> {
    const kept = state === undefined ? FRESH : readState(state);
    const grower = await TreeGrower.open({
      data: data.encodedAs('codes'),
      outputs: plan.loss.outputs,
      parameters: plan.parameters,
      ...(kept.sums !== undefined && { sums: kept.sums }),
    });
    return new TreeTraining(plan, seed, grower, kept);
  }

  async step(): Promise<StepReport> {
    if (this.#iteration >= this.maxEpochs) this.#done = true;
    if (this.#done) return this.#report(0, null);
    const loss = this.#differentiate();
    const { gradients, hessians } = this.#derivatives;
    const columns = new RandomStream(this.#seed, 'trees/columns', [this.#iteration]);
    const trees = this.#grower.grow(gradients, hessians, columns.uint32() >>> 1);
    this.#iteration += 1;
    this.#trees.push(...trees);
    // Another sample of rows may find a split where this one found none.
    const isStuck = trees.length === 0 && this.#plan.isBoosted;
    if (trees.length > 0) this.#grower.readSums(this.#sums);
    this.#done = isStuck || this.#iteration >= this.maxEpochs;
    return this.#report(this.#grower.rows, loss);
  }

  state(): Uint8Array {
    const document: z.infer<typeof State> = { iteration: this.#iteration, done: this.#done };
    return encodeSnapshot(document, [encodeWeights(this.weights()), bytesOf(this.#sums)]);
  }

  weights(): Weights {
    return toWeights({ base: this.#base, trees: this.#trees });
  }

  /** Only the trees that are new since the last call are asked. */
  async outputs(data: TrainingData): Promise<Float64Array> {
    const { loss, isBoosted } = this.#plan;
    const known = this.#known.get(data) ?? new TreeSums(data, this.#base);
    this.#known.set(data, known);
    const ensemble = { base: this.#base, trees: this.#trees };
    return finishOutputs(loss, ensemble, isBoosted, await known.after(this.#trees));
  }

  dispose(): void {
    this.#grower.dispose();
  }

  /** Derivatives at the scores so far, weighted by the sample; gives the mean loss. */
  #differentiate(): number {
    const { loss, isBoosted } = this.#plan;
    const { targets, rows } = this.#grower;
    const { outputs } = loss;
    const counts = this.#plan.sample(rows, this.#iteration);
    const scores = new Float64Array(outputs);
    let total = 0;
    for (let row = 0; row < rows; row++) {
      for (let output = 0; output < outputs; output++) {
        const sum = isBoosted ? (this.#sums[output * rows + row] as number) : 0;
        scores[output] = (this.#base[output] as number) + sum;
      }
      const weight = (this.#weights[row] as number) * (counts?.[row] ?? 1);
      total += loss.differentiate(scores, targets[row] as number, weight, row, this.#derivatives);
    }
    return total / rows;
  }

  #report(rows: number, loss: number | null): StepReport {
    return {
      done: this.#done,
      epochEnded: rows > 0,
      epoch: this.#iteration,
      // Bagged trees do not go down a loss together.
      loss: this.#plan.isBoosted ? loss : null,
      learningRate: this.#plan.learningRate,
      rows,
    };
  }
}

interface Kept {
  readonly iteration: number;
  readonly done: boolean;
  readonly trees: readonly Tree[];
  readonly sums?: Float64Array;
}

const FRESH: Kept = { iteration: 0, done: false, trees: [] };

function readState(state: Uint8Array): Kept {
  const { document, blobs } = decodeSnapshot(state);
  const { iteration, done } = State.parse(document);
  const [weights, sums] = blobs as [Uint8Array, Uint8Array];
  return {
    iteration,
    done,
    trees: fromWeights(decodeWeights(weights)).trees,
    sums: toFloat64(sums),
  };
}
