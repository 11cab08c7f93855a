/** Mean squared error. */
export function mse(truth: Float64Array, outputs: Float64Array): number {
  return meanOf(truth, (value, row) => (value - (outputs[row] as number)) ** 2);
}

/** Mean absolute error. */
export function mae(truth: Float64Array, outputs: Float64Array): number {
  return meanOf(truth, (value, row) => Math.abs(value - (outputs[row] as number)));
}

/** 1 − residual / total sum of squares; null where the truth is constant. */
export function r2(truth: Float64Array, outputs: Float64Array): number | null {
  const mean = meanOf(truth, (value) => value);
  const total = meanOf(truth, (value) => (value - mean) ** 2);
  return total === 0 ? null : 1 - mse(truth, outputs) / total;
}

function meanOf(values: Float64Array, term: (value: number, row: number) => number): number {
  let sum = 0;
  values.forEach((value, row) => {
    sum += term(value, row);
  });
  return sum / values.length;
}
