import { z } from 'zod';
import type { Trees } from '../trees.ts';

/**
 * What makes outputs of that which LightGBM predicts:
 * - `value`: it is the output
 * - `expm1`: eˣ − 1
 * - `probability`: of the second of two classes
 * - `probabilities`: of each class
 * - `share`: of the second of two classes, to be kept between 0 and 1
 * - `shares`: of each class, negative ones being 0, to be divided by their sum
 */
export const Finish = z.enum(['value', 'expm1', 'probability', 'probabilities', 'share', 'shares']);
export type Finish = z.infer<typeof Finish>;

export function finishOf({ classes, isBoosted, targetScale }: Trees): Finish {
  if (classes === 0) return targetScale?.log === true ? 'expm1' : 'value';
  if (isBoosted) return classes === 2 ? 'probability' : 'probabilities';
  return classes === 2 ? 'share' : 'shares';
}

/** @param predicted [rows, values of a row] @returns [rows, outputs] */
export function finishPredictions(finish: Finish, predicted: Float64Array, rows: number) {
  switch (finish) {
    case 'value':
    case 'probabilities':
      return predicted;
    case 'expm1':
      return predicted.map(Math.expm1);
    case 'probability':
    case 'share':
      return Float64Array.from(
        [...predicted].flatMap((value) => {
          const share = Math.min(1, Math.max(0, value));
          return [1 - share, share];
        }),
      );
    case 'shares':
      return normalise(predicted, predicted.length / rows);
  }
}

function normalise(predicted: Float64Array, classes: number): Float64Array {
  const shares = predicted.map((value) => Math.max(0, value));
  for (let start = 0; start < shares.length; start += classes) {
    const row = shares.subarray(start, start + classes);
    const total = row.reduce((sum, each) => sum + each, 0);
    row.set(row.map((each) => (total > 0 ? each / total : 1 / classes)));
  }
  return shares;
}
