import { z } from 'zod';
import { DEFAULT_EPOCHS } from '../default-epochs.ts';

export const EstimatorName = z.enum([
  'linear',
  'ridge',
  'lasso',
  'elasticNet',
  'logistic',
  'naiveBayes',
  'nearestNeighbours',
  'randomForest',
  'gradientBoosting',
  'mlp',
  'cnn',
]);
export type EstimatorName = z.infer<typeof EstimatorName>;

export const OptimizerName = z.enum(['gd', 'sgd', 'momentum', 'rmsprop', 'adam', 'adamw']);
export type OptimizerName = z.infer<typeof OptimizerName>;

/** Learning rate over training; `t` is the fraction of all planned iterations done so far. */
export const LearningRateSchedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant') }),
  /** α₀ (1 − iter/max_iter)^(1/decay) */
  z.strictObject({ kind: z.literal('polynomial'), decay: z.number().positive().default(1) }),
  /** α₀ (1 + cos πt) / 2 */
  z.strictObject({ kind: z.literal('cosine') }),
  /** α₀ factor^⌊epoch / everyEpochs⌋ */
  z.strictObject({
    kind: z.literal('step'),
    everyEpochs: z.int().positive().default(10),
    factor: z.number().positive().max(1).default(0.5),
  }),
]);
export type LearningRateSchedule = z.infer<typeof LearningRateSchedule>;

export const LinearHyperparameters = z.strictObject({});
export type LinearHyperparameters = z.infer<typeof LinearHyperparameters>;

export const RidgeHyperparameters = z.strictObject({
  /** Penalty α of ½‖y − Xw‖² + ½α‖w‖². */
  alpha: z.number().nonnegative().default(1),
});
export type RidgeHyperparameters = z.infer<typeof RidgeHyperparameters>;

/** Of the scaled target: at α = 1 no column is left. */
const SPARSE_ALPHA = z.number().positive().default(0.01);

export const LassoHyperparameters = z.strictObject({
  /** Penalty α of ‖y − Xw‖² / 2n + α‖w‖₁. */
  alpha: SPARSE_ALPHA,
});
export type LassoHyperparameters = z.infer<typeof LassoHyperparameters>;

export const ElasticNetHyperparameters = z.strictObject({
  /** Penalty α of ‖y − Xw‖² / 2n + αρ‖w‖₁ + α(1 − ρ)/2 ‖w‖². */
  alpha: SPARSE_ALPHA,
  /** ρ */
  l1Share: z.number().gt(0).max(1).default(0.5),
});
export type ElasticNetHyperparameters = z.infer<typeof ElasticNetHyperparameters>;

export const NaiveBayesHyperparameters = z.strictObject({
  /** Added to the count of each category. */
  smoothing: z.number().positive().default(1),
  /** Share of the largest variance that is added to all. */
  varianceSmoothing: z.number().nonnegative().default(1e-9),
  /** Probability of a class before anything is seen: its share of the rows, or the same for all. */
  prior: z.enum(['empirical', 'uniform']).default('empirical'),
});
export type NaiveBayesHyperparameters = z.infer<typeof NaiveBayesHyperparameters>;

export const NearestNeighboursHyperparameters = z.strictObject({
  /** k */
  neighbours: z.int().positive().default(15),
  /** Whether nearer rows count more: by the inverse of their distance. */
  weights: z.enum(['uniform', 'distance']).default('distance'),
  distance: z.enum(['euclidean', 'manhattan']).default('euclidean'),
});
export type NearestNeighboursHyperparameters = z.infer<typeof NearestNeighboursHyperparameters>;

export const LogisticHyperparameters = z.strictObject({
  /** Inverse strength of the L2 penalty, as in scikit-learn: Σ loss + ‖w‖² / 2C. */
  c: z.number().positive().default(1),
  maxIterations: z.int().positive().default(200),
});
export type LogisticHyperparameters = z.infer<typeof LogisticHyperparameters>;

const TreeHyperparameters = {
  /** Null: as deep as the number of leaves allows. */
  maxDepth: z.int().positive().max(64).nullable().default(null),
  /** Values of a column are told apart in so many bins. */
  maxBins: z.int().min(2).max(255).default(255),
  /** Weight of the overall mean in that of a category: rare ones are drawn to it. */
  categorySmoothing: z.number().nonnegative().default(10),
  classWeights: z.enum(['none', 'balanced']).default('none'),
};

export const GradientBoostingHyperparameters = z.strictObject({
  /** Boosting iterations at most; each grows one tree, or one a class. An epoch is one of them. */
  trees: z.int().positive().max(10_000).default(1000),
  /** What each tree's values are multiplied with. */
  learningRate: z.number().positive().max(1).default(0.05),
  /** Of one tree, at most. */
  leaves: z.int().min(2).max(4096).default(31),
  minRowsPerLeaf: z.int().positive().default(20),
  /** Share of the rows that each iteration sees, drawn anew. */
  rowShare: z.number().gt(0).max(1).default(1),
  /** Share of the columns that each tree sees, drawn anew. */
  columnShare: z.number().gt(0).max(1).default(1),
  /** Penalties on a leaf's value: α Σ|v| + λ/2 Σv². */
  l1: z.number().nonnegative().default(0),
  l2: z.number().nonnegative().default(0),
  /** Least that a split has to lower the loss by. */
  minGain: z.number().nonnegative().default(0),
  /** Iterations without a better validation score after which training stops; null never stops early. */
  patience: z.int().positive().nullable().default(50),
  ...TreeHyperparameters,
});
export type GradientBoostingHyperparameters = z.infer<typeof GradientBoostingHyperparameters>;

export const RandomForestHyperparameters = z.strictObject({
  /** Trees, or trees a class. */
  trees: z.int().positive().max(5000).default(200),
  leaves: z.int().min(2).max(4096).default(1024),
  minRowsPerLeaf: z.int().positive().default(2),
  /** Share of the columns that each split is chosen among; null: a third, or √columns for classes. */
  columnShare: z.number().gt(0).max(1).nullable().default(null),
  ...TreeHyperparameters,
});
export type RandomForestHyperparameters = z.infer<typeof RandomForestHyperparameters>;

/** How a network is trained, whatever its layers are. */
const training = {
  dropout: z.number().min(0).max(0.9).default(0),
  /** L2 penalty on weights (not biases), mean over the batch: λ/2 ΣW². */
  l2: z.number().nonnegative().default(1e-4),
  optimizer: OptimizerName.default('adam'),
  learningRate: z.number().positive().default(1e-3),
  schedule: LearningRateSchedule.default({ kind: 'constant' }),
  warmupEpochs: z.number().nonnegative().default(0),
  /** `gd` takes the whole training part as one batch, whatever this says. */
  batchSize: z.int().positive().default(64),
  epochs: z.int().positive().default(DEFAULT_EPOCHS),
  /** Epochs without a better validation score after which training stops; null never stops early. */
  patience: z.int().positive().nullable().default(15),
  classWeights: z.enum(['none', 'balanced']).default('none'),
};
const NetworkHyperparameters = z.strictObject(training);
export type NetworkHyperparameters = z.infer<typeof NetworkHyperparameters>;

const Activation = z.enum(['relu', 'tanh']).default('relu');

export const MlpHyperparameters = z.strictObject({
  /** Units of each hidden layer, M₁ … Mₙ. */
  hiddenLayers: z.array(z.int().positive().max(4096)).max(12).default([64, 32]),
  activation: Activation,
  ...training,
});
export type MlpHyperparameters = z.infer<typeof MlpHyperparameters>;

export const CnnHyperparameters = z.strictObject({
  /** Channels of each block of convolution, 2 × 2 max pooling and activation. */
  filters: z.array(z.int().positive().max(1024)).min(1).max(8).default([16, 32]),
  /** Side of the convolutions' windows, in pixels. */
  kernelSize: z.int().min(1).max(11).default(3),
  /** Units of each fully connected layer after the blocks; dropout masks these. */
  hiddenLayers: z.array(z.int().positive().max(4096)).max(12).default([64]),
  activation: Activation,
  /** Training images move by up to this share of their size, either way. */
  shift: z.number().min(0).max(0.5).default(0.08),
  /** Half of the training images are mirrored left to right: not where that means something else. */
  flip: z.boolean().default(false),
  ...training,
  /** Sets of images are small more often than tables are: more updates an epoch. */
  batchSize: z.int().positive().default(32),
});
export type CnnHyperparameters = z.infer<typeof CnnHyperparameters>;

/** Hyperparameters as they travel: each estimator parses its own. */
export const Hyperparameters = z.record(z.string(), z.unknown());
export type Hyperparameters = z.infer<typeof Hyperparameters>;

/** An estimator and the hyperparameters to give it. */
export const Candidate = z.strictObject({
  estimator: EstimatorName,
  hyperparameters: Hyperparameters,
});
export type Candidate = z.infer<typeof Candidate>;
