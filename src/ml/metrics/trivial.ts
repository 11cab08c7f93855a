import type { Problem } from '../../schemas/problem.ts';

/** What the model that looks at no input says: the mean of the fit rows, or their shares of classes. */
export function trivialOutputs(
  { classes, task }: Problem,
  fitTargets: Float64Array,
  rows: number,
): Float64Array {
  const share = 1 / fitTargets.length;
  if (task === 'regression') {
    const mean = fitTargets.reduce((sum, value) => sum + value * share, 0);
    return new Float64Array(rows).fill(mean);
  }
  const shares = new Float64Array(classes.length);
  for (const index of fitTargets) shares[index] = (shares[index] as number) + share;
  const outputs = new Float64Array(rows * classes.length);
  for (let row = 0; row < rows; row++) outputs.set(shares, row * classes.length);
  return outputs;
}
