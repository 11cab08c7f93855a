import type { ClassCurve } from '../../schemas/insights.ts';
import { pairwiseAuc, prAuc } from '../metrics/probabilities.ts';
import type { Predictions } from '../metrics/score.ts';

const MOST_POINTS = 200;
/** Curves of more classes can't be told apart. */
const MOST_CLASSES = 8;

/** True-positive rate (y) over false-positive rate (x), for the positive class or for each. */
export const rocCurves = (predictions: Predictions): ClassCurve[] =>
  curvesOf(predictions, pairwiseAuc, ({ hits, misses, positives, negatives }) => ({
    x: misses / negatives,
    y: hits / positives,
  }));

/** Precision (y) over recall (x), for the positive class or for each. */
export const precisionRecallCurves = (predictions: Predictions): ClassCurve[] =>
  curvesOf(predictions, prAuc, ({ hits, misses, positives }) => ({
    x: hits / positives,
    y: hits + misses === 0 ? 1 : hits / (hits + misses),
  }));

interface Counts {
  readonly hits: number;
  readonly misses: number;
  readonly positives: number;
  readonly negatives: number;
}

function curvesOf(
  { problem, truth, outputs }: Predictions,
  area: (isPositive: Uint8Array, scores: Float64Array) => number | null,
  place: (counts: Counts) => { x: number; y: number },
): ClassCurve[] {
  const { classes, positiveClass } = problem;
  const wanted = positiveClass === null ? classes.slice(0, MOST_CLASSES) : [positiveClass];
  return wanted.flatMap((name) => {
    const index = classes.indexOf(name);
    const isPositive = Uint8Array.from(truth, (each) => (each === index ? 1 : 0));
    const scores = Float64Array.from(
      truth,
      (_, row) => outputs[row * classes.length + index] as number,
    );
    const size = area(isPositive, scores);
    const positives = isPositive.reduce((sum, each) => sum + each, 0);
    // A curve needs rows of both kinds.
    if (size === null || positives === 0 || positives === truth.length) return [];
    return [{ class: name, area: size, points: sweep(isPositive, scores, positives).map(place) }];
  });
}

/** Counts at each threshold, falling; thinned out. */
function sweep(isPositive: Uint8Array, scores: Float64Array, positives: number): Counts[] {
  const order = Uint32Array.from(scores, (_, row) => row);
  order.sort((a, b) => (scores[b] as number) - (scores[a] as number));
  const negatives = order.length - positives;
  const all: Counts[] = [{ hits: 0, misses: 0, positives, negatives }];
  let hits = 0;
  order.forEach((row, i) => {
    hits += isPositive[row] as number;
    const next = order[i + 1];
    if (next !== undefined && scores[next] === scores[row]) return;
    all.push({ hits, misses: i + 1 - hits, positives, negatives });
  });
  const step = Math.max(1, Math.ceil(all.length / MOST_POINTS));
  return all.filter((_, i) => i % step === 0 || i === all.length - 1);
}
