import type { RecordLayout } from '../../schemas/prepared-data.ts';
import { quantile } from '../metrics/bootstrap.ts';

const BINS = 10;

/** Upper edges of bins that hold a tenth of the values each; fewer where values repeat. */
export function decileEdges(values: Float64Array): number[] {
  const sorted = values.slice().sort();
  if (sorted.length === 0) return [];
  const edges = Array.from({ length: BINS - 1 }, (_, i) => quantile(sorted, (i + 1) / BINS));
  return [...new Set(edges)];
}

/** Counts values into the bins that edges divide: bin i holds what is at most edge i. */
export class Histogram {
  readonly counts: number[];
  readonly #edges: readonly number[];

  constructor(edges: readonly number[]) {
    this.#edges = edges;
    this.counts = Array.from({ length: edges.length + 1 }, () => 0);
  }

  add(value: number): void {
    let low = 0;
    let high = this.#edges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (this.#edges[middle] as number)) high = middle;
      else low = middle + 1;
    }
    this.counts[low] = (this.counts[low] as number) + 1;
  }
}

type HistogramLayout = Pick<RecordLayout, 'numeric' | 'categories'>;

/**
 * Histograms of a model's inputs over dense rows: each number by its bins, each categorical column
 * by its levels, with one bin more for rows that have none of them.
 */
export class FeatureHistograms {
  readonly #layout: HistogramLayout;
  readonly #numeric: readonly Histogram[];
  readonly #levels: readonly number[][];
  #rows = 0;

  constructor(layout: HistogramLayout, edges: readonly (readonly number[])[]) {
    this.#layout = layout;
    this.#numeric = edges.map((each) => new Histogram(each));
    this.#levels = layout.categories.map((size) => Array.from({ length: size }, () => 0));
  }

  get rows(): number {
    return this.#rows;
  }

  /** @param features [rows, width]: numerics first, then a one-hot block a category */
  take(features: Float32Array, rows: number, width: number): void {
    const { numeric } = this.#layout;
    for (let row = 0; row < rows; row++) {
      const start = row * width;
      for (let i = 0; i < numeric; i++) this.#numeric[i]?.add(features[start + i] as number);
      let at = start + numeric;
      for (const counts of this.#levels) {
        for (let level = 0; level < counts.length; level++) {
          if (features[at + level] === 1) counts[level] = (counts[level] as number) + 1;
        }
        at += counts.length;
      }
    }
    this.#rows += rows;
  }

  /** Counts by bin: of each number, then of each categorical column. */
  counts(): number[][] {
    const numbers = this.#numeric.map(({ counts }) => counts);
    const levels = this.#levels.map((counts) => [
      ...counts,
      this.#rows - counts.reduce((sum, count) => sum + count, 0),
    ]);
    return [...numbers, ...levels];
  }
}
