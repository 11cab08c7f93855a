import type { TreeParameters } from '../../lightgbm/tree-grower.ts';
import type { ProblemShape } from '../estimator.ts';

/** Shares of the rows that a set of categories must hold to be split off; LightGBM's 100 at most. */
const SMALLEST_GROUP_SHARE = 0.02;
const SMALLEST_GROUP = { least: 5, most: 100 };

/** How categories are grouped: few rows allow small groups only where they are few altogether. */
export function categoryParameters(rows: number, smoothing: number): TreeParameters {
  const { least, most } = SMALLEST_GROUP;
  return {
    cat_smooth: smoothing,
    min_data_per_group: Math.min(most, Math.max(least, Math.round(rows * SMALLEST_GROUP_SHARE))),
  };
}

/** Columns as trees see them: a category is one. */
export const columnsOf = ({ layout }: ProblemShape): number =>
  layout.numeric + layout.categories.length;
