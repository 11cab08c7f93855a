import { suitsTask } from '../../schemas/metric-tasks.ts';
import type { MetricName, Problem } from '../../schemas/problem.ts';
import {
  accuracy,
  balancedAccuracy,
  confusionMatrix,
  perClassScores,
  weightedMean,
} from './classification.ts';
import { predictedClasses } from './decide.ts';
import { logLoss, pairwiseAuc, prAuc } from './probabilities.ts';
import { mae, mse, r2 } from './regression.ts';

/** True values and what a model says of them. */
export interface Predictions {
  readonly problem: Problem;
  /** [rows]: values in original units, or indices of classes. */
  readonly truth: Float64Array;
  /** [rows] values in original units, or [rows, classes] probabilities. */
  readonly outputs: Float64Array;
}

/** One metric; null where it is undefined, such as the ROC AUC of rows of a single class. */
export function scoreMetric(metric: MetricName, predictions: Predictions): number | null {
  const { problem, truth } = predictions;
  if (truth.length === 0 || !suitsTask(metric, problem.task)) return null;
  const value = METRICS[metric](predictions);
  return value !== null && Number.isFinite(value) ? value : null;
}

const METRICS: Record<MetricName, (predictions: Predictions) => number | null> = {
  accuracy: (predictions) => accuracy(confusionOf(predictions)),
  balanced_accuracy: (predictions) => balancedAccuracy(confusionOf(predictions)),
  f1: (predictions) => scoresOfPositive(predictions)?.f1 ?? null,
  f1_macro: (predictions) => mean(scoresOf(predictions).map(({ f1 }) => f1)),
  f1_weighted: (predictions) => weighted(predictions, 'f1'),
  precision: (predictions) => ofPositiveOrMacro(predictions, 'precision'),
  recall: (predictions) => ofPositiveOrMacro(predictions, 'recall'),
  roc_auc: (predictions) => averageOverClasses(predictions, pairwiseAuc),
  pr_auc: (predictions) => averageOverClasses(predictions, prAuc),
  log_loss: ({ truth, outputs, problem }) => logLoss(truth, outputs, problem.classes.length),
  mse: ({ truth, outputs }) => mse(truth, outputs),
  rmse: ({ truth, outputs }) => Math.sqrt(mse(truth, outputs)),
  mae: ({ truth, outputs }) => mae(truth, outputs),
  r2: ({ truth, outputs }) => r2(truth, outputs),
};

function confusionOf({ problem, truth, outputs }: Predictions): number[][] {
  const classes = problem.classes.length;
  return confusionMatrix(truth, predictedClasses(outputs, problem), classes);
}

const scoresOf = (predictions: Predictions) => perClassScores(confusionOf(predictions));

function scoresOfPositive(predictions: Predictions) {
  const { classes, positiveClass } = predictions.problem;
  return positiveClass === null ? undefined : scoresOf(predictions)[classes.indexOf(positiveClass)];
}

/** Binary: of the positive class; otherwise the mean over classes. */
function ofPositiveOrMacro(predictions: Predictions, score: 'precision' | 'recall'): number {
  const positive = scoresOfPositive(predictions);
  return positive?.[score] ?? mean(scoresOf(predictions).map((each) => each[score]));
}

function weighted(predictions: Predictions, score: 'f1'): number {
  const scores = scoresOf(predictions);
  return weightedMean(
    scores.map((each) => each[score]),
    scores.map(({ support }) => support),
  );
}

/** Binary: with the positive class as the one to find; otherwise each class against the rest. */
function averageOverClasses(
  { problem, truth, outputs }: Predictions,
  score: (isPositive: Uint8Array, scores: Float64Array) => number | null,
): number | null {
  const { classes, positiveClass } = problem;
  const wanted =
    positiveClass === null ? classes.map((_, index) => index) : [classes.indexOf(positiveClass)];
  // A loop: `from` goes through an iterator, which takes ten times as long, and intervals ask a thousand times.
  const isPositive = new Uint8Array(truth.length);
  const scores = new Float64Array(truth.length);
  const found = wanted.map((index) => {
    for (let row = 0; row < truth.length; row++) {
      isPositive[row] = truth[row] === index ? 1 : 0;
      scores[row] = outputs[row * classes.length + index] as number;
    }
    return score(isPositive, scores);
  });
  const defined = found.filter((value) => value !== null);
  return defined.length === 0 ? null : mean(defined);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
