/** Conjugate gradients on A x = b, stopped at any iteration: all that the next one needs. */
export interface ConjugateGradients {
  readonly solution: Float64Array;
  readonly residual: Float64Array;
  readonly direction: Float64Array;
  /** To be filled with A · direction before `advance`. */
  readonly product: Float64Array;
  /** Diagonal of A: the preconditioner of Jacobi. */
  readonly diagonal: Float64Array;
  /** [r · z, its value at the start, iterations done] */
  readonly scalars: Float64Array;
}

const TOLERANCE = 1e-10;

/** Starts from zero, so that a singular system ends at a solution of least (scaled) norm. */
export function beginConjugateGradients(
  rhs: Float64Array,
  diagonal: Float64Array,
): ConjugateGradients {
  const direction = rhs.map((value, i) => value / (diagonal[i] as number));
  const start = dot(rhs, direction);
  return {
    solution: new Float64Array(rhs.length),
    residual: Float64Array.from(rhs),
    direction,
    product: new Float64Array(rhs.length),
    diagonal,
    scalars: Float64Array.of(start, start, 0),
  };
}

export function isConverged({ scalars }: ConjugateGradients, maxIterations: number): boolean {
  const [norm = 0, start = 0, iterations = 0] = scalars;
  return iterations >= maxIterations || !(norm > TOLERANCE ** 2 * start);
}

/** One iteration (Nocedal & Wright, Numerical Optimization, algorithm 5.3); clears `product`. */
export function advance(state: ConjugateGradients): void {
  const { solution, residual, direction, product, diagonal, scalars } = state;
  const norm = scalars[0] as number;
  const curvature = dot(direction, product);
  const length = curvature > 0 ? norm / curvature : 0;
  let next = 0;
  for (let i = 0; i < solution.length; i++) {
    solution[i] = (solution[i] as number) + length * (direction[i] as number);
    const left = (residual[i] as number) - length * (product[i] as number);
    residual[i] = left;
    next += (left * left) / (diagonal[i] as number);
  }
  for (let i = 0; i < solution.length; i++) {
    direction[i] =
      (residual[i] as number) / (diagonal[i] as number) + (next / norm) * (direction[i] as number);
  }
  product.fill(0);
  scalars[0] = length === 0 ? 0 : next;
  scalars[2] = (scalars[2] as number) + 1;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
