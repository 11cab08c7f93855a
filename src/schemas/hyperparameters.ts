import { z } from 'zod';
import { DEFAULT_EPOCHS } from '../default-epochs.ts';

/** Kinds of models that are not made of others. */
export const SingleEstimatorName = z.enum([
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
export type SingleEstimatorName = z.infer<typeof SingleEstimatorName>;

export const EstimatorName = z.enum([...SingleEstimatorName.options, 'ensemble']);
export type EstimatorName = z.infer<typeof EstimatorName>;

export const OptimizerName = z.enum(['gd', 'sgd', 'momentum', 'rmsprop', 'adam', 'adamw']);
export type OptimizerName = z.infer<typeof OptimizerName>;

/** Learning rate over training; `t` is the fraction of all planned iterations done so far. */
export const LearningRateSchedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant').describe('The same all the time.') }),
  z.strictObject({
    kind: z.literal('polynomial').describe('α₀ (1 − t)^(1/decay), t: share of the iterations.'),
    decay: z.number().positive().default(1).describe('1: a straight line to zero.'),
  }),
  z.strictObject({ kind: z.literal('cosine').describe('α₀ (1 + cos πt) / 2') }),
  z.strictObject({
    kind: z.literal('step').describe('α₀ factor^⌊epoch / everyEpochs⌋'),
    everyEpochs: z
      .int()
      .positive()
      .default(10)
      .describe('Epochs between steps: ten of them in a training of usual length.'),
    factor: z.number().positive().max(1).default(0.5).describe('Of each step: half.'),
  }),
]);
export type LearningRateSchedule = z.infer<typeof LearningRateSchedule>;

export const LinearHyperparameters = z.strictObject({});
export type LinearHyperparameters = z.infer<typeof LinearHyperparameters>;

export const RidgeHyperparameters = z.strictObject({
  alpha: z
    .number()
    .nonnegative()
    .default(1)
    .describe('Penalty α of ½‖y − Xw‖² + ½α‖w‖²; 1 as in scikit-learn.'),
});
export type RidgeHyperparameters = z.infer<typeof RidgeHyperparameters>;

const SPARSE_ALPHA = z.number().positive().default(0.01);
const SPARSE_REASON = 'the target is scaled, so that at 1 no column would be left.';

export const LassoHyperparameters = z.strictObject({
  alpha: SPARSE_ALPHA.describe(`Penalty α of ‖y − Xw‖² / 2n + α‖w‖₁; 0.01: ${SPARSE_REASON}`),
});
export type LassoHyperparameters = z.infer<typeof LassoHyperparameters>;

export const ElasticNetHyperparameters = z.strictObject({
  alpha: SPARSE_ALPHA.describe(
    `Penalty α of ‖y − Xw‖² / 2n + αρ‖w‖₁ + α(1 − ρ)/2 ‖w‖²; 0.01: ${SPARSE_REASON}`,
  ),
  l1Share: z.number().gt(0).max(1).default(0.5).describe('ρ; half of each, as in scikit-learn.'),
});
export type ElasticNetHyperparameters = z.infer<typeof ElasticNetHyperparameters>;

export const NaiveBayesHyperparameters = z.strictObject({
  smoothing: z
    .number()
    .positive()
    .default(1)
    .describe("Added to the count of each category, and of each term of texts: Laplace's 1."),
  varianceSmoothing: z
    .number()
    .nonnegative()
    .default(1e-9)
    .describe('Share of the largest variance that is added to all, as in scikit-learn.'),
  prior: z
    .enum(['empirical', 'uniform'])
    .default('empirical')
    .describe(
      'Probability of a class before anything is seen: its share of the rows, or the same for all.',
    ),
  texts: z
    .enum(['multinomial', 'complement', 'normal'])
    .default('multinomial')
    .describe(
      'How the terms of free texts are drawn in a class: multinomial, by their shares of all that its texts hold; complement, by what the texts of all other classes hold, of which there is more where a class is rare; normal, each as any number.',
    ),
});
export type NaiveBayesHyperparameters = z.infer<typeof NaiveBayesHyperparameters>;

export const NearestNeighboursHyperparameters = z.strictObject({
  neighbours: z
    .int()
    .positive()
    .default(15)
    .describe('k; 15 are enough for probabilities that are not all 0 or 1.'),
  weights: z
    .enum(['uniform', 'distance'])
    .default('distance')
    .describe(
      'distance: nearer rows count more, by the inverse of their distance, so that k matters less.',
    ),
  distance: z
    .enum(['euclidean', 'manhattan'])
    .default('euclidean')
    .describe('How far rows are apart; euclidean as is usual.'),
});
export type NearestNeighboursHyperparameters = z.infer<typeof NearestNeighboursHyperparameters>;

export const LogisticHyperparameters = z.strictObject({
  c: z
    .number()
    .positive()
    .default(1)
    .describe('Inverse strength of the L2 penalty: Σ loss + ‖w‖² / 2C; 1 as in scikit-learn.'),
  maxIterations: z
    .int()
    .positive()
    .default(200)
    .describe('Of the solver, which mostly needs a few dozen.'),
});
export type LogisticHyperparameters = z.infer<typeof LogisticHyperparameters>;

const classWeights = z
  .enum(['none', 'balanced'])
  .default('none')
  .describe(
    'balanced: rare classes count as much as frequent ones; none keeps probabilities those of the data.',
  );

const TreeHyperparameters = {
  maxDepth: z
    .int()
    .positive()
    .max(64)
    .nullable()
    .default(null)
    .describe('null: as deep as the number of leaves allows, which bounds a tree already.'),
  maxBins: z
    .int()
    .min(2)
    .max(255)
    .default(255)
    .describe('Values of a column are told apart in so many bins: as many as a byte holds.'),
  categorySmoothing: z
    .number()
    .nonnegative()
    .default(10)
    .describe(
      "Weight of the overall mean in that of a category, to which rare ones are drawn; LightGBM's own.",
    ),
  classWeights,
};

export const GradientBoostingHyperparameters = z.strictObject({
  trees: z
    .int()
    .positive()
    .max(10_000)
    .default(1000)
    .describe(
      'Boosting iterations at most, each of which grows one tree, or one a class; an epoch is one of them. Early stopping mostly comes first.',
    ),
  learningRate: z
    .number()
    .positive()
    .max(1)
    .default(0.05)
    .describe("What each tree's values are multiplied with; low, since trees are cheap."),
  leaves: z.int().min(2).max(4096).default(31).describe("Of one tree, at most; LightGBM's own."),
  minRowsPerLeaf: z
    .int()
    .positive()
    .default(20)
    .describe("Fewer rows make no leaf; LightGBM's own."),
  rowShare: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe('Share of the rows that each iteration sees, drawn anew; all, unless searched.'),
  columnShare: z
    .number()
    .gt(0)
    .max(1)
    .nullable()
    .default(null)
    .describe(
      'Share of the columns that each tree sees, drawn anew; null: all of up to 200, and 200 of more, whose trees would each take longer to say much the same.',
    ),
  l1: z
    .number()
    .nonnegative()
    .default(0)
    .describe("Penalty α Σ|v| on leaves' values; none, unless searched."),
  l2: z
    .number()
    .nonnegative()
    .default(0)
    .describe("Penalty λ/2 Σv² on leaves' values; none, unless searched."),
  minGain: z
    .number()
    .nonnegative()
    .default(0)
    .describe('Least that a split has to lower the loss by; leaves are bounded otherwise.'),
  patience: z
    .int()
    .positive()
    .nullable()
    .default(50)
    .describe(
      'Iterations without a better validation score after which training stops; null never stops early.',
    ),
  ...TreeHyperparameters,
});
export type GradientBoostingHyperparameters = z.infer<typeof GradientBoostingHyperparameters>;

export const RandomForestHyperparameters = z.strictObject({
  trees: z
    .int()
    .positive()
    .max(5000)
    .default(200)
    .describe('Trees, or trees a class; more change little.'),
  leaves: z
    .int()
    .min(2)
    .max(4096)
    .default(1024)
    .describe('Of one tree, at most: deep ones, whose mean is taken.'),
  minRowsPerLeaf: z.int().positive().default(2).describe('Fewer rows make no leaf.'),
  columnShare: z
    .number()
    .gt(0)
    .max(1)
    .nullable()
    .default(null)
    .describe(
      'Share of the columns that each split is chosen among; null, as is usual: a third, or √columns for classes.',
    ),
  ...TreeHyperparameters,
});
export type RandomForestHyperparameters = z.infer<typeof RandomForestHyperparameters>;

/** How a network is trained, whatever its layers are. */
const training = {
  dropout: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe(
      'Share of the hidden units that each batch leaves out; the rounds add it where a network overfits.',
    ),
  l2: z
    .number()
    .nonnegative()
    .default(1e-4)
    .describe('L2 penalty on weights (not biases), mean over the batch: λ/2 ΣW²; slight.'),
  optimizer: OptimizerName.default('adam').describe(
    'gd takes all rows as one batch; sgd, momentum, rmsprop, adam and adamw mini-batches. adam asks for the least tuning of its learning rate.',
  ),
  learningRate: z.number().positive().default(1e-3).describe("α₀; what adam's authors propose."),
  schedule: LearningRateSchedule.default({ kind: 'constant' }).describe(
    'Learning rate over the training; constant, since it alone does not depend on the planned epochs.',
  ),
  warmupEpochs: z
    .number()
    .nonnegative()
    .default(0)
    .describe('Epochs over which the learning rate grows from zero; small networks need none.'),
  batchSize: z
    .int()
    .positive()
    .default(64)
    .describe('Rows of a mini-batch; gd takes all, whatever this says.'),
  epochs: z
    .int()
    .positive()
    .default(DEFAULT_EPOCHS)
    .describe('At most; early stopping mostly comes first.'),
  patience: z
    .int()
    .positive()
    .nullable()
    .default(15)
    .describe(
      'Epochs without a better validation score after which training stops; null never stops early.',
    ),
  classWeights,
};
const NetworkHyperparameters = z.strictObject(training);
export type NetworkHyperparameters = z.infer<typeof NetworkHyperparameters>;

const Activation = z
  .enum(['relu', 'tanh'])
  .default('relu')
  .describe('Of the hidden layers; relu is the cheaper one.');

export const MlpHyperparameters = z.strictObject({
  hiddenLayers: z
    .array(z.int().positive().max(4096))
    .max(12)
    .default([64, 32])
    .describe(
      'Units of each hidden layer, M₁ … Mₙ; enough for most tables, and the rounds widen it where it underfits.',
    ),
  activation: Activation,
  ...training,
});
export type MlpHyperparameters = z.infer<typeof MlpHyperparameters>;

export const CnnHyperparameters = z.strictObject({
  filters: z
    .array(z.int().positive().max(1024))
    .min(1)
    .max(8)
    .default([16, 32])
    .describe(
      'Channels of each block of convolution, 2 × 2 max pooling and activation; small, for a CPU.',
    ),
  kernelSize: z
    .int()
    .min(1)
    .max(11)
    .default(3)
    .describe("Side of the convolutions' windows, in pixels; blocks upon blocks see more."),
  hiddenLayers: z
    .array(z.int().positive().max(4096))
    .max(12)
    .default([64])
    .describe('Units of each fully connected layer after the blocks; dropout masks these.'),
  activation: Activation,
  shift: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.08)
    .describe(
      'Training images move by up to this share of their size, either way: 2 pixels of 28.',
    ),
  flip: z
    .boolean()
    .default(false)
    .describe(
      'Half of the training images are mirrored left to right: not by default, for a mirrored digit is another sign.',
    ),
  ...training,
  batchSize: z
    .int()
    .positive()
    .default(32)
    .describe(
      'Rows of a mini-batch: fewer than of tables, for sets of images are small and need more updates an epoch.',
    ),
});
export type CnnHyperparameters = z.infer<typeof CnnHyperparameters>;

/** Hyperparameters as they travel: each estimator parses its own. */
export const Hyperparameters = z.record(z.string(), z.unknown());
export type Hyperparameters = z.infer<typeof Hyperparameters>;

export const EnsembleMember = z.strictObject({
  estimator: SingleEstimatorName,
  hyperparameters: Hyperparameters,
  /** Of its outputs in the mean. */
  weight: z.number().positive(),
  /** At most, where it is trained by epochs; null: as many as its hyperparameters say. */
  epochs: z.int().positive().nullable().default(null),
});
export type EnsembleMember = z.infer<typeof EnsembleMember>;

export const EnsembleHyperparameters = z.strictObject({
  members: z.array(EnsembleMember).min(1),
});
export type EnsembleHyperparameters = z.infer<typeof EnsembleHyperparameters>;

/** An estimator and the hyperparameters to give it. */
export const Candidate = z.strictObject({
  estimator: EstimatorName,
  hyperparameters: Hyperparameters,
});
export type Candidate = z.infer<typeof Candidate>;
