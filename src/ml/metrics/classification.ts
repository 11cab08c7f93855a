/** Counts by true class (rows) and predicted class (columns). */
export function confusionMatrix(
  truth: Float64Array,
  predicted: Int32Array,
  classes: number,
): number[][] {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  truth.forEach((actual, row) => {
    const line = counts[actual] as number[];
    const column = predicted[row] as number;
    line[column] = (line[column] as number) + 1;
  });
  return counts;
}

export interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Rows of this class. */
  readonly support: number;
}

/** Precision, recall and F1 of each class; 0 where a class is neither present nor predicted. */
export function perClassScores(confusion: readonly (readonly number[])[]): Scores[] {
  return confusion.map((line, index) => {
    const hits = line[index] as number;
    const support = sum(line);
    const predicted = sum(confusion.map((other) => other[index] as number));
    const precision = predicted === 0 ? 0 : hits / predicted;
    const recall = support === 0 ? 0 : hits / support;
    const f1 = support + predicted === 0 ? 0 : (2 * hits) / (support + predicted);
    return { precision, recall, f1, support };
  });
}

export function accuracy(confusion: readonly (readonly number[])[]): number {
  const hits = sum(confusion.map((line, index) => line[index] as number));
  return hits / sum(confusion.map(sum));
}

/** Mean recall over the classes that occur. */
export function balancedAccuracy(confusion: readonly (readonly number[])[]): number {
  const present = perClassScores(confusion).filter(({ support }) => support > 0);
  return sum(present.map(({ recall }) => recall)) / present.length;
}

export function weightedMean(values: readonly number[], weights: readonly number[]): number {
  return sum(values.map((value, index) => value * (weights[index] as number))) / sum(weights);
}

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);
