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
  const order = sortedRows(scores, 1);
  const positives = isPositive.reduce((sum, each) => sum + each, 0);
  const negatives = isPositive.length - positives;
  if (positives === 0 || negatives === 0) return null;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    const end = endOfTies(order, scores, start);
    const midRank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++)
      rankSum += midRank * (isPositive[order[i] as number] as number);
    start = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Average precision Σ (Rₙ − Rₙ₋₁) Pₙ over falling thresholds. Null when nothing is positive. */
export function prAuc(isPositive: Uint8Array, scores: Float64Array): number | null {
  const order = sortedRows(scores, -1);
  const positives = isPositive.reduce((sum, each) => sum + each, 0);
  if (positives === 0) return null;
  let hits = 0;
  let area = 0;
  for (let start = 0; start < order.length; ) {
    const end = endOfTies(order, scores, start);
    let found = 0;
    for (let i = start; i < end; i++) found += isPositive[order[i] as number] as number;
    hits += found;
    area += (found / positives) * (hits / end);
    start = end;
  }
  return area;
}

function sortedRows(scores: Float64Array, direction: 1 | -1): Uint32Array {
  const order = Uint32Array.from(scores, (_, row) => row);
  return order.sort((a, b) => direction * ((scores[a] as number) - (scores[b] as number)));
}

function endOfTies(order: Uint32Array, scores: Float64Array, start: number): number {
  const value = scores[order[start] as number];
  let end = start + 1;
  while (end < order.length && scores[order[end] as number] === value) end++;
  return end;
}
