import type { NotableError } from '../../schemas/insights.ts';
import type { Transform } from '../../schemas/transform.ts';
import type { FeatureEncoding } from '../data/densify.ts';
import { predictedClasses } from '../metrics/decide.ts';
import type { Predictions } from '../metrics/score.ts';
import { describeRow } from './input-columns.ts';

const MOST_ERRORS = 10;

/** Rows on which a model is most surely wrong, or furthest off; in falling order. */
export function worstRows({ problem, truth, outputs }: Predictions): number[] {
  const classes = problem.classes.length;
  const predicted = classes > 0 ? predictedClasses(outputs, problem) : null;
  const miss = Float64Array.from(truth, (actual, row) => {
    if (predicted === null) return Math.abs((outputs[row] as number) - actual);
    if (predicted[row] === actual) return 0;
    return 1 - (outputs[row * classes + actual] as number);
  });
  return [...miss.keys()]
    .filter((row) => (miss[row] as number) > 0)
    .sort((a, b) => (miss[b] as number) - (miss[a] as number))
    .slice(0, MOST_ERRORS);
}

/** @param features [width], of that row, in this encoding */
export function describeError(
  { problem, truth, outputs }: Predictions,
  row: number,
  features: Float32Array,
  transform: Transform,
  encoding: FeatureEncoding,
): NotableError {
  const { classes } = problem;
  const actual = truth[row] as number;
  const record = describeRow(transform, features, encoding);
  if (classes.length === 0) {
    const show = (value: number) => String(Number(value.toPrecision(6)));
    return {
      truth: show(actual),
      predicted: show(outputs[row] as number),
      probability: null,
      record,
    };
  }
  const own = outputs.subarray(row * classes.length, (row + 1) * classes.length);
  return {
    truth: classes[actual] as string,
    predicted: classes[predictedClasses(own, problem)[0] as number] as string,
    probability: own[actual] as number,
    record,
  };
}
