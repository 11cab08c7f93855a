import { z } from 'zod';
import { NumberFormat } from './number-format.ts';

export const Task = z.enum(['regression', 'binary', 'multiclass']);
export type Task = z.infer<typeof Task>;

export const MetricName = z.enum([
  'accuracy',
  'balanced_accuracy',
  'f1', // of the positive class; binary only
  'f1_macro',
  'f1_weighted',
  'precision',
  'recall',
  'roc_auc',
  'pr_auc',
  'log_loss',
  'mse',
  'rmse',
  'mae',
  'r2',
]);
export type MetricName = z.infer<typeof MetricName>;

/** One thing that Sevenfold decided for the user, and why. */
export const Decision = z.strictObject({
  field: z.string(),
  value: z.unknown(),
  reason: z.string(),
});
export type Decision = z.infer<typeof Decision>;

/**
 * Probabilities that are mended: the softmax of slope · ln p + offset, over the classes. For two classes
 * this is a logistic map of the log-odds.
 */
export const Calibration = z.strictObject({
  /** Below 1 where a model is too sure of itself; 1 / temperature. */
  slope: z.number().positive(),
  /** Of each class. */
  offsets: z.array(z.number()),
  /** Smaller probabilities are taken as this one. */
  floor: z.number().positive(),
});
export type Calibration = z.infer<typeof Calibration>;

/** What is to be predicted, resolved from the job and the training part of the data. */
export const Problem = z.strictObject({
  task: Task,
  target: z.string(),
  /** How texts of a regression's target are written; absent where as programs write numbers. */
  numbers: NumberFormat.optional(),
  /** Class labels in the order of the model's outputs; empty for regression. */
  classes: z.array(z.string()),
  /** Binary only: the class that precision, recall, F1 and the ROC speak of. */
  positiveClass: z.string().nullable(),
  /**
   * Weights of the classes, where the class with the largest weighted probability is decided for, and
   * not the likeliest. For two classes w₁ and w₂ the second one's threshold is w₁ / (w₁ + w₂).
   */
  decision: z.array(z.number().positive()).optional(),
  /** What the probabilities have been through, and `decision` weighs; absent: as the model gives them. */
  calibration: Calibration.optional(),
  metric: MetricName,
  direction: z.enum(['maximise', 'minimise']),
});
export type Problem = z.infer<typeof Problem>;
