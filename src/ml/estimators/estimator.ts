import type { z } from 'zod';
import type { EstimatorName } from '../../schemas/hyperparameters.ts';
import type { ImageSize } from '../../schemas/image.ts';
import type { RecordLayout } from '../../schemas/prepared-data.ts';
import type { Task } from '../../schemas/problem.ts';
import type { SearchSpace } from '../../schemas/study.ts';
import type { TrainingExecution } from '../../schemas/training.ts';
import type { FeatureEncoding } from '../data/densify.ts';
import type { TrainingData } from '../training/training-data.ts';
import type { Weights } from '../weights.ts';

/** What a model has to map: `width` one-hot inputs to one number, or to a probability for each class. */
export interface ProblemShape {
  readonly task: Task;
  /** What the columns are, before any encoding. */
  readonly layout: RecordLayout;
  readonly width: number;
  /** Number of classes; 0 for regression. */
  readonly classes: number;
  /** Rows of each class in the training data; empty for regression. */
  readonly classCounts: readonly number[];
  /** Of the image that the first inputs of each row are; absent where there is none. */
  readonly image?: ImageSize | undefined;
}

/** What a search space may depend on. */
export interface ShapeToSearch extends Pick<ProblemShape, 'task' | 'width' | 'classes' | 'image'> {
  /** Inputs that are terms of free texts. */
  readonly terms?: number | undefined;
}

export interface DataSize {
  readonly rows: number;
  /** One-hot. */
  readonly width: number;
}

export interface TrainingSetup<H> {
  readonly shape: ProblemShape;
  readonly hyperparameters: H;
  /** In any encoding: an estimator asks it for its own. */
  readonly data: TrainingData;
  readonly seed: number;
  /** Weights to begin with in place of drawn ones: of networks alone. */
  readonly initial?: Weights | undefined;
  /** To have steps done op by op where a graph would pay: for comparisons. */
  readonly engine?: 'op-by-op';
}

/** What one slice of training did. */
export interface StepReport {
  /** No more to do: converged, solved, or all epochs done. */
  readonly done: boolean;
  /** Whether this slice completed an epoch (or a solver iteration), counted from 1. */
  readonly epochEnded: boolean;
  readonly epoch: number;
  /** Mean training loss over the epoch so far; null where the method has none. */
  readonly loss: number | null;
  readonly learningRate: number | null;
  /** Rows read by this slice. */
  readonly rows: number;
}

/** A training under way. */
export interface Training {
  readonly maxEpochs: number;
  /**
   * How a training by epochs stops early (null patience: never, the best epoch still wins).
   * Null for solvers, which converge by themselves and whose last iterate is the model.
   */
  readonly earlyStopping: { readonly patience: number | null } | null;
  /** How its steps are run; null where the method has a way of its own. */
  readonly execution: TrainingExecution | null;
  /** Does a bounded slice of work (about a second at most). */
  step(): Promise<StepReport>;
  /** Everything that `Estimator.restore` needs to go on exactly as if it had never stopped. */
  state(): Uint8Array;
  /** The model as it is now. */
  weights(): Weights;
  /**
   * Outputs of the model as it is now for all rows of `data`: what a predictor with these weights
   * gives, bit for bit. Only where a training comes to them cheaper than by a fresh predictor.
   */
  outputs?(data: TrainingData): Promise<Float64Array>;
  dispose(): void;
}

/** A trained model. */
export interface Predictor {
  /** How features are to be given. */
  readonly encoding: FeatureEncoding;
  /**
   * Features [rows, width] to outputs [rows, outputs], row-major: the scaled target for regression,
   * else the probability of each class. A row's result does not depend on its neighbours, bit for bit.
   */
  predict(features: Float32Array, rows: number): Float64Array;
  dispose(): void;
}

/** A kind of model. State and weights are opaque to everything outside, so that any learner fits. */
export interface Estimator<H = unknown> {
  readonly name: EstimatorName;
  /** Grows when the same inputs would give other weights: part of the step key. */
  readonly codeVersion: number;
  readonly tasks: readonly Task[];
  /** What set-up has to provide beside TensorFlow, for training; predictions need none of it. */
  readonly requires?: 'lightgbm';
  /** Whether it can be trained within reason on data of this size; all can where this is missing. */
  suits?(size: DataSize): boolean;
  /** It takes rows that begin with an image, and no others. */
  readonly needsImages?: true;
  readonly hyperparameters: z.ZodType<H>;
  /**
   * Multiplications that TensorFlow does in the forward pass of one step of training on so many rows:
   * by them the number of its threads is chosen. Left out where one thread is all that there is.
   */
  stepWork?(shape: ProblemShape, hyperparameters: H, rows: number): number;
  /** What the search may vary for data of this shape and size. */
  space(shape: ShapeToSearch, rows: number): SearchSpace;
  init(setup: TrainingSetup<H>): Promise<Training>;
  restore(setup: TrainingSetup<H>, state: Uint8Array): Promise<Training>;
  load(shape: ProblemShape, hyperparameters: H, weights: Weights): Promise<Predictor>;
}
