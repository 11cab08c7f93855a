import type { ColumnImportance } from '../../schemas/insights.ts';
import type { Problem } from '../../schemas/problem.ts';
import { scoreMetric } from '../metrics/score.ts';
import { RandomStream } from '../random.ts';
import type { InputColumnPlaces } from './input-columns.ts';
import { shapleyValues } from './shapley.ts';

const REPEATS = 3;
/** Rows that models predict for the losses of all columns, together: some seconds of work. */
const MOST_PREDICTED = 150_000;
const MOST_ROWS = 1_000;
const FEWEST_ROWS = 100;
/** Shapley values are taken of so many columns at most: the most important ones. */
const MOST_EXPLAINED = 30;

/** Rows of a model's inputs, with what is true of them. */
export interface Sample {
  readonly rows: number;
  readonly width: number;
  /** [rows, width] */
  readonly features: Float32Array;
  /** [rows]: values in original units, or indices of classes. */
  readonly truth: Float64Array;
}

/** A model's outputs for features [rows, width], in original units: [rows], or [rows, classes]. */
export type Predict = (features: Float32Array, rows: number) => Float64Array;

export interface ExplainedModel {
  readonly predict: Predict;
  /** Models that each prediction asks: more than one of an ensemble. */
  readonly members: number;
}

/** How many rows importance is measured on: fewer of what takes long. By counts, so that it repeats. */
export const importanceRows = (columns: number, members: number): number =>
  Math.max(
    FEWEST_ROWS,
    Math.min(MOST_ROWS, Math.floor(MOST_PREDICTED / (REPEATS * Math.max(1, columns) * members))),
  );

/**
 * By how much the problem's metric gets worse when one raw column's values are shuffled among the
 * rows, so that they no longer tell of them (Breiman 2001; Fisher, Rudin and Dominici 2019).
 */
export function columnImportance(
  problem: Problem,
  columns: readonly InputColumnPlaces[],
  sample: Sample,
  model: ExplainedModel,
  seed: number,
): ColumnImportance[] {
  const scoreOf = (features: Float32Array) =>
    scoreMetric(problem.metric, {
      problem,
      truth: sample.truth,
      outputs: model.predict(features, sample.rows),
    });
  const score = scoreOf(sample.features);
  // On rows of one class the metric may be undefined.
  if (score === null) return [];
  const sign = problem.direction === 'maximise' ? 1 : -1;
  const ranked = columns
    .map(({ column, places }, index) => {
      const losses = Array.from({ length: REPEATS }, (_, repeat) => {
        const random = new RandomStream(seed, 'explain/permute', [index, repeat]);
        const shuffled = scoreOf(shuffle(sample, places, random.permutation(sample.rows)));
        return shuffled === null ? 0 : sign * (score - shuffled);
      });
      return {
        column,
        places,
        loss: losses.reduce((sum, each) => sum + each, 0) / REPEATS,
        low: Math.min(...losses),
        high: Math.max(...losses),
      };
    })
    .sort((a, b) => b.loss - a.loss);
  const explained = ranked.slice(0, MOST_EXPLAINED);
  const shares = shapleyValues(problem, explained, sample, model, seed);
  return ranked.map(({ column, loss, low, high }, i) => ({
    ...{ column, loss, low, high },
    shapley: shares[i] ?? null,
  }));
}

function shuffle(
  { rows, width, features }: Sample,
  places: readonly number[],
  from: Uint32Array,
): Float32Array {
  const changed = features.slice();
  for (let row = 0; row < rows; row++) {
    const start = (from[row] as number) * width;
    for (const place of places) changed[row * width + place] = features[start + place] as number;
  }
  return changed;
}
