import { InputError } from '../../errors.ts';
import type { Evaluation } from '../../schemas/evaluation.ts';
import { suitsTask } from '../../schemas/metric-tasks.ts';
import type { PartName } from '../../schemas/prepared-data.ts';
import { MetricName, type Problem } from '../../schemas/problem.ts';
import { bootstrapIntervals } from './bootstrap.ts';
import { confusionMatrix, perClassScores } from './classification.ts';
import { predictedClasses } from './decide.ts';
import { scoreMetric } from './score.ts';

const CONFIDENCE = 0.95;
/** Below so many rows an interval says little. */
const FEW_ROWS = 30;

export interface ToEvaluate {
  readonly problem: Problem;
  readonly part: PartName;
  /** [rows]: values, or indices of classes. */
  readonly truth: Float64Array;
  /** [rows] values, or [rows, classes] probabilities. */
  readonly outputs: Float64Array;
  readonly baselines: readonly { readonly name: string; readonly outputs: Float64Array }[];
  readonly seed: number;
}

/**
 * Every metric that suits the problem, with bootstrap intervals, beside the baselines.
 * @throws InputError where the problem's own metric is undefined on these rows.
 */
export function evaluatePredictions(given: ToEvaluate): Evaluation {
  const { problem, part, truth, outputs, baselines, seed } = given;
  const predictions = { problem, truth, outputs };
  const names = MetricName.options.filter((name) => suitsTask(name, problem.task));
  const metrics: Evaluation['metrics'] = {};
  for (const name of names) {
    const value = scoreMetric(name, predictions);
    if (value !== null) metrics[name] = value;
  }
  const intervals = bootstrapIntervals(Object.keys(metrics) as MetricName[], predictions, {
    seed,
    confidence: CONFIDENCE,
  });
  const score = metrics[problem.metric];
  if (score === undefined) throw undefinedMetric(given);
  const isClassification = problem.task !== 'regression';
  const classes = problem.classes.length;
  const confusion = isClassification
    ? confusionMatrix(truth, predictedClasses(outputs, problem), classes)
    : [];
  return {
    schemaVersion: 1,
    part,
    rows: truth.length,
    metric: problem.metric,
    score,
    interval: intervals[problem.metric] ?? { low: score, high: score },
    confidence: CONFIDENCE,
    metrics,
    intervals,
    perClass: perClassScores(confusion).map((scores, index) => ({
      class: problem.classes[index] as string,
      ...scores,
    })),
    confusion,
    baselines: baselines.flatMap((baseline) => {
      // Weights of classes were chosen for the model alone.
      const { decision: _, ...plain } = problem;
      const value = scoreMetric(problem.metric, {
        ...{ problem: plain, truth, outputs: baseline.outputs },
      });
      return value === null ? [] : [{ name: baseline.name, score: value }];
    }),
    warnings: warningsOf(given, confusion),
  };
}

function undefinedMetric({ problem, truth, part }: ToEvaluate): InputError {
  return new InputError({
    code: 'MetricUndefined',
    field: 'metric',
    value: problem.metric,
    expected: `a metric that is defined on the ${truth.length} ${part} rows; ROC and PR curves need rows of both kinds`,
    remedy: "Choose another metric, or a 'stratified' split.",
  });
}

function warningsOf({ problem, truth }: ToEvaluate, confusion: number[][]): string[] {
  const warnings: string[] = [];
  if (truth.length < FEW_ROWS) {
    warnings.push(`only ${truth.length} rows to score on: the interval is wide, and rough`);
  }
  problem.classes.forEach((name, index) => {
    const support = (confusion[index] ?? []).reduce((sum, count) => sum + count, 0);
    if (support === 0) warnings.push(`no row of the class '${name}' to score on`);
  });
  return warnings;
}
