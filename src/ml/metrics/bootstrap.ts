import type { Interval } from '../../schemas/evaluation.ts';
import type { MetricName } from '../../schemas/problem.ts';
import { RandomStream } from '../random.ts';
import { type Predictions, scoreMetric } from './score.ts';

const RESAMPLES = 1_000;
/** Rows drawn in all: large test parts get fewer resamples, whose scores vary little. */
const MOST_ROWS_DRAWN = 5_000_000;
const FEWEST_RESAMPLES = 100;

/**
 * Percentile intervals of metrics by resampling rows with replacement (Efron 1979), all metrics
 * on the same resamples. A metric that is undefined on most resamples has none.
 */
export function bootstrapIntervals(
  metrics: readonly MetricName[],
  predictions: Predictions,
  { seed, confidence }: { readonly seed: number; readonly confidence: number },
): Partial<Record<MetricName, Interval>> {
  const { truth, outputs, problem } = predictions;
  const rows = truth.length;
  const width = Math.max(1, problem.classes.length);
  const resamples = resamplesFor(rows);
  const scores = new Map<MetricName, number[]>(metrics.map((metric) => [metric, []]));
  const drawnTruth = new Float64Array(rows);
  const drawnOutputs = new Float64Array(outputs.length);
  for (let resample = 0; resample < resamples; resample++) {
    const random = new RandomStream(seed, 'bootstrap', [resample]);
    for (let row = 0; row < rows; row++) {
      const from = random.below(rows);
      drawnTruth[row] = truth[from] as number;
      for (let i = 0; i < width; i++) {
        drawnOutputs[row * width + i] = outputs[from * width + i] as number;
      }
    }
    for (const metric of metrics) {
      const score = scoreMetric(metric, { problem, truth: drawnTruth, outputs: drawnOutputs });
      if (score !== null) scores.get(metric)?.push(score);
    }
  }
  const intervals: Partial<Record<MetricName, Interval>> = {};
  for (const [metric, found] of scores) {
    if (found.length < resamples / 2) continue;
    const sorted = Float64Array.from(found).sort();
    const tail = (1 - confidence) / 2;
    intervals[metric] = { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
  }
  return intervals;
}

export const resamplesFor = (rows: number): number =>
  Math.max(FEWEST_RESAMPLES, Math.min(RESAMPLES, Math.floor(MOST_ROWS_DRAWN / rows)));

/** Linear interpolation between order statistics (type 7 of Hyndman and Fan 1996). */
export function quantile(sorted: Float64Array, q: number): number {
  const position = q * (sorted.length - 1);
  const low = Math.floor(position);
  const below = sorted[low] as number;
  const above = sorted[Math.min(low + 1, sorted.length - 1)] as number;
  return below + (position - low) * (above - below);
}
