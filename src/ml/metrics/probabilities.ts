/** Probabilities are kept this far from 0 and 1, as float32 can't tell nearer ones apart. */
const EPSILON = 1e-7;

/** −ln p(true class) of each row. Outputs: [rows, classes]. */
export const rowLosses = (
  truth: Float64Array,
  outputs: Float64Array,
  classes: number,
): Float64Array =>
  truth.map((actual, row) => {
    const probability = outputs[row * classes + actual] as number;
    return -Math.log(Math.min(1 - EPSILON, Math.max(EPSILON, probability)));
  });

/** Mean of −ln p(true class). Outputs: [rows, classes]. */
export const logLoss = (truth: Float64Array, outputs: Float64Array, classes: number): number =>
  rowLosses(truth, outputs, classes).reduce((sum, loss) => sum + loss, 0) / truth.length;

/**
 * Area under the ROC curve: the share of (positive, negative) pairs in the right order, ties
 * counting half (Mann and Whitney's U by mid-ranks). Null unless both kinds occur.
 */
export function pairwiseAuc(isPositive: Uint8Array, scores: Float64Array): number | null {
  const sorted = sortByKind(isPositive, scores);
  if (sorted === null) return null;
  const [positives, negatives] = [sorted.positives.length, sorted.negatives.length];
  if (positives === 0 || negatives === 0) return null;
  let rankSum = 0;
  forEachTie(sorted, 'rising', (found, start, end) => {
    rankSum += found * ((start + 1 + end) / 2);
  });
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Average precision Σ (Rₙ − Rₙ₋₁) Pₙ over falling thresholds. Null when nothing is positive. */
export function prAuc(isPositive: Uint8Array, scores: Float64Array): number | null {
  const sorted = sortByKind(isPositive, scores);
  const positives = sorted?.positives.length ?? 0;
  if (sorted === null || positives === 0) return null;
  let hits = 0;
  let area = 0;
  forEachTie(sorted, 'falling', (found, _, end) => {
    hits += found;
    area += (found / positives) * (hits / end);
  });
  return area;
}

/** Scores of positive and of negative rows, each in rising order. */
interface SortedByKind {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/** Null of scores that are no numbers. Numbers alone are sorted several times as fast as rows by them. */
function sortByKind(isPositive: Uint8Array, scores: Float64Array): SortedByKind | null {
  const count = isPositive.reduce((sum, each) => sum + each, 0);
  const positives = new Float64Array(count);
  const negatives = new Float64Array(scores.length - count);
  let [p, n] = [0, 0];
  for (let row = 0; row < scores.length; row++) {
    if (isPositive[row] === 1) positives[p++] = scores[row] as number;
    else negatives[n++] = scores[row] as number;
  }
  positives.sort();
  negatives.sort();
  // NaN would come last.
  const isNumeric = !Number.isNaN(positives.at(-1)) && !Number.isNaN(negatives.at(-1));
  return isNumeric ? { positives, negatives } : null;
}

/** Visits equal scores together: how many are of positive rows, and the places of all in the order. */
function forEachTie(
  { positives, negatives }: SortedByKind,
  order: 'rising' | 'falling',
  visit: (found: number, start: number, end: number) => void,
): void {
  const isRising = order === 'rising';
  const at = (sorted: Float64Array, place: number) =>
    sorted[isRising ? place : sorted.length - 1 - place] as number;
  let [p, n] = [0, 0];
  while (p < positives.length || n < negatives.length) {
    const [start, positive, negative] = [p + n, at(positives, p), at(negatives, n)];
    const isNegativeFirst = isRising ? negative < positive : negative > positive;
    const value =
      n < negatives.length && (p === positives.length || isNegativeFirst) ? negative : positive;
    const before = p;
    while (p < positives.length && at(positives, p) === value) p++;
    while (n < negatives.length && at(negatives, n) === value) n++;
    visit(p - before, start, p + n);
  }
}
