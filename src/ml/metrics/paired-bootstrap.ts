import type { Interval } from '../../schemas/evaluation.ts';
import type { Problem } from '../../schemas/problem.ts';
import { RandomStream } from '../random.ts';
import { quantile, resamplesFor } from './bootstrap.ts';
import { scoreMetric } from './score.ts';

/** Two models' outputs for the same rows. */
export interface Pair {
  readonly problem: Problem;
  /** [rows]: values in original units, or indices of classes. */
  readonly truth: Float64Array;
  /** [rows] values, or [rows, classes] probabilities. */
  readonly champion: Float64Array;
  readonly challenger: Float64Array;
}

export interface Gain {
  readonly champion: number;
  readonly challenger: number;
  /** Positive where the challenger is better, whatever the metric's direction. */
  readonly gain: number;
  readonly interval: Interval;
}

/**
 * The challenger's gain in the problem's metric with its percentile interval: each resample draws
 * the same rows for both models, so that what rows have in common cancels (Efron and Tibshirani,
 * "An Introduction to the Bootstrap", 1993). Null where the metric is undefined on these rows.
 */
export function pairedGain(
  pair: Pair,
  { seed, confidence }: { readonly seed: number; readonly confidence: number },
): Gain | null {
  const { problem, truth } = pair;
  const gainOf = (before: number, after: number) =>
    problem.direction === 'maximise' ? after - before : before - after;
  const champion = scoreMetric(problem.metric, { problem, truth, outputs: pair.champion });
  const challenger = scoreMetric(problem.metric, { problem, truth, outputs: pair.challenger });
  if (champion === null || challenger === null) return null;
  const gain = gainOf(champion, challenger);
  const resamples = resamplesFor(truth.length);
  const gains: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    const drawn = drawRows(pair, new RandomStream(seed, 'paired-bootstrap', [resample]));
    const before = scoreMetric(problem.metric, { ...drawn, outputs: drawn.champion });
    const after = scoreMetric(problem.metric, { ...drawn, outputs: drawn.challenger });
    if (before !== null && after !== null) gains.push(gainOf(before, after));
  }
  if (gains.length < resamples / 2) return null;
  const sorted = Float64Array.from(gains).sort();
  const tail = (1 - confidence) / 2;
  const interval = { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
  return { champion, challenger, gain, interval };
}

function drawRows({ problem, truth, champion, challenger }: Pair, random: RandomStream): Pair {
  const width = Math.max(1, problem.classes.length);
  const drawn = {
    problem,
    truth: new Float64Array(truth.length),
    champion: new Float64Array(champion.length),
    challenger: new Float64Array(challenger.length),
  };
  for (let row = 0; row < truth.length; row++) {
    const from = random.below(truth.length);
    drawn.truth[row] = truth[from] as number;
    for (let i = 0; i < width; i++) {
      drawn.champion[row * width + i] = champion[from * width + i] as number;
      drawn.challenger[row * width + i] = challenger[from * width + i] as number;
    }
  }
  return drawn;
}
