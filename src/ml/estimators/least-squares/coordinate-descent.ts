/** Descent on ½ wᵀGw − rᵀw + l1 ‖w‖₁, with the L2 penalty on G's diagonal: all that the next sweep needs. */
interface Descent {
  /** G [width, width], of which the upper triangle is read. */
  readonly gram: Float64Array;
  /** r = Xᵀ y */
  readonly gradient: Float64Array;
  /** w */
  readonly solution: Float64Array;
  /** G w */
  readonly product: Float64Array;
  /** [sweeps done] */
  readonly sweeps: Float64Array;
}

/** The largest change of a sweep, relative to the largest coefficient's share, that counts as none. */
const TOLERANCE = 1e-9;
const MAX_SWEEPS = 10_000;

export const beginDescent = (width: number): Record<string, Float64Array> => ({
  solution: new Float64Array(width),
  product: new Float64Array(width),
  sweeps: new Float64Array(1),
});

/**
 * One sweep of cyclic coordinate descent with covariance updates (Friedman, Hastie and Tibshirani
 * 2010). Gives whether it has converged.
 */
export function sweep(
  sums: Record<string, Float64Array>,
  { l1 }: { readonly l1: number },
): boolean {
  const { gram, gradient, solution, product, sweeps } = sums as unknown as Descent;
  const width = solution.length;
  let largestChange = 0;
  let largest = 0;
  for (let j = 0; j < width; j++) {
    const diagonal = gram[j * width + j] as number;
    if (!(diagonal > 0)) continue;
    const before = solution[j] as number;
    const slope = (gradient[j] as number) - (product[j] as number) + diagonal * before;
    const after = (Math.sign(slope) * Math.max(0, Math.abs(slope) - l1)) / diagonal;
    largest = Math.max(largest, Math.abs(after) * Math.sqrt(diagonal));
    if (after === before) continue;
    solution[j] = after;
    addColumn(product, gram, j, after - before);
    largestChange = Math.max(largestChange, Math.abs(after - before) * Math.sqrt(diagonal));
  }
  sweeps[0] = (sweeps[0] as number) + 1;
  return largestChange <= TOLERANCE * largest || sweeps[0] >= MAX_SWEEPS;
}

/** product += scale × column `j` of a symmetric matrix whose upper triangle is kept. */
function addColumn(product: Float64Array, gram: Float64Array, j: number, scale: number): void {
  const width = product.length;
  for (let i = 0; i < j; i++) {
    product[i] = (product[i] as number) + scale * (gram[i * width + j] as number);
  }
  for (let i = j; i < width; i++) {
    product[i] = (product[i] as number) + scale * (gram[j * width + i] as number);
  }
}
