import { z } from 'zod';
import { DEFAULT_EPOCHS } from '../default-epochs.ts';

export const EstimatorName = z.enum(['linear', 'ridge', 'logistic', 'mlp', 'cnn']);
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

export const LogisticHyperparameters = z.strictObject({
  /** Inverse strength of the L2 penalty, as in scikit-learn: Σ loss + ‖w‖² / 2C. */
  c: z.number().positive().default(1),
  maxIterations: z.int().positive().default(200),
});
export type LogisticHyperparameters = z.infer<typeof LogisticHyperparameters>;

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
