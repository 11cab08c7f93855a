import type { Problem } from '../../schemas/problem.ts';
import { RandomStream } from '../random.ts';
import type { ExplainedModel, Sample } from './importance.ts';
import type { InputColumnPlaces } from './input-columns.ts';

/** Rows that models predict for the values of all rows, together: some seconds of work. */
const MOST_PREDICTED = 50_000;
const MOST_ROWS = 64;
const FEWEST_ROWS = 8;
/** Orders of the columns that are tried for each row. */
const ORDERS = 16;

/**
 * Mean absolute Shapley value of each column, by sampling (Štrumbelj and Kononenko 2014): from
 * another row, drawn at random, the columns of the explained row are taken over one after another
 * in a random order; a column's value is the change that it brings. Explained is the value, or the
 * probability of the positive class, or with more than two classes that of the true one.
 */
export function shapleyValues(
  problem: Problem,
  columns: readonly InputColumnPlaces[],
  sample: Sample,
  { predict, members }: ExplainedModel,
  seed: number,
): number[] {
  const { rows, width, features } = sample;
  const totals = columns.map(() => 0);
  const steps = columns.length + 1;
  const affordable = Math.floor(MOST_PREDICTED / (members * ORDERS * steps));
  const explained = Math.min(rows, MOST_ROWS, Math.max(FEWEST_ROWS, affordable));
  for (let row = 0; row < explained; row++) {
    const random = new RandomStream(seed, 'explain/shapley', [row]);
    const orders = Array.from({ length: ORDERS }, () => ({
      from: random.below(rows),
      order: random.permutation(columns.length),
    }));
    const walks = new Float32Array(ORDERS * steps * width);
    orders.forEach(({ from, order }, walk) => {
      const current = features.slice(from * width, (from + 1) * width);
      walks.set(current, walk * steps * width);
      order.forEach((column, step) => {
        for (const place of columns[column]?.places ?? []) {
          current[place] = features[row * width + place] as number;
        }
        walks.set(current, (walk * steps + step + 1) * width);
      });
    });
    const outputs = predict(walks, ORDERS * steps);
    const output = outputOf(problem, sample.truth[row] as number, outputs);
    const values = columns.map(() => 0);
    orders.forEach(({ order }, walk) => {
      order.forEach((column, step) => {
        const at = walk * steps + step;
        values[column] = (values[column] as number) + (output(at + 1) - output(at)) / ORDERS;
      });
    });
    values.forEach((value, column) => {
      totals[column] = (totals[column] as number) + Math.abs(value) / explained;
    });
  }
  return totals;
}

function outputOf({ classes, positiveClass }: Problem, truth: number, outputs: Float64Array) {
  if (classes.length === 0) return (row: number) => outputs[row] as number;
  const index = positiveClass === null ? truth : classes.indexOf(positiveClass);
  return (row: number) => outputs[row * classes.length + index] as number;
}
