import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { advance, beginConjugateGradients, isConverged } from './conjugate-gradients.ts';

/** Above this width an eigendecomposition (about 20 n³ operations) takes seconds. */
const WIDEST_EIGEN = 300;

/**
 * Solves G x = b for symmetric positive semi-definite G [n, n], of which the upper triangle is read.
 * Where G is singular, as one-hot blocks make it, the solution of least norm is given.
 */
export function solveSymmetric(gram: Float64Array, rhs: Float64Array): Float64Array {
  const width = rhs.length;
  mirror(gram, width);
  const factor = cholesky(gram, width);
  if (factor !== undefined) return substitute(factor, rhs);
  return width <= WIDEST_EIGEN ? pseudoInverse(gram, rhs) : iterate(gram, rhs);
}

function mirror(gram: Float64Array, width: number): void {
  for (let row = 1; row < width; row++) {
    for (let column = 0; column < row; column++) {
      gram[row * width + column] = gram[column * width + row] as number;
    }
  }
}

/** Lower factor L of G = L Lᵀ; undefined where a pivot loses nearly all its digits. */
function cholesky(gram: Float64Array, width: number): Float64Array | undefined {
  const factor = new Float64Array(width * width);
  for (let row = 0; row < width; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = gram[row * width + column] as number;
      for (let k = 0; k < column; k++) {
        sum -= (factor[row * width + k] as number) * (factor[column * width + k] as number);
      }
      if (column < row) {
        factor[row * width + column] = sum / (factor[column * width + column] as number);
      } else {
        if (!(sum > 1e-10 * (gram[row * width + row] as number))) return undefined;
        factor[row * width + row] = Math.sqrt(sum);
      }
    }
  }
  return factor;
}

/** Solves L Lᵀ x = b. */
function substitute(factor: Float64Array, rhs: Float64Array): Float64Array {
  const width = rhs.length;
  const x = Float64Array.from(rhs);
  for (let row = 0; row < width; row++) {
    let sum = x[row] as number;
    for (let k = 0; k < row; k++) sum -= (factor[row * width + k] as number) * (x[k] as number);
    x[row] = sum / (factor[row * width + row] as number);
  }
  for (let row = width - 1; row >= 0; row--) {
    let sum = x[row] as number;
    for (let k = row + 1; k < width; k++) {
      sum -= (factor[k * width + row] as number) * (x[k] as number);
    }
    x[row] = sum / (factor[row * width + row] as number);
  }
  return x;
}

/** x = Σ vᵢ (vᵢ · b) / λᵢ over the eigenvalues that stand above rounding. */
function pseudoInverse(gram: Float64Array, rhs: Float64Array): Float64Array {
  const width = rhs.length;
  const { realEigenvalues: eigenvalues, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(
    Matrix.from1DArray(width, width, gram),
    { assumeSymmetric: true },
  );
  const x = new Float64Array(width);
  const smallest = 1e-11 * Math.max(...eigenvalues);
  eigenvalues.forEach((eigenvalue, index) => {
    if (!(eigenvalue > smallest)) return;
    let projection = 0;
    for (let i = 0; i < width; i++) projection += vectors.get(i, index) * (rhs[i] as number);
    for (let i = 0; i < width; i++) {
      x[i] = (x[i] as number) + (vectors.get(i, index) * projection) / eigenvalue;
    }
  });
  return x;
}

/** Conjugate gradients from zero stay in the range of G, and so end at the least norm. */
function iterate(gram: Float64Array, rhs: Float64Array): Float64Array {
  const width = rhs.length;
  const state = beginConjugateGradients(rhs, new Float64Array(width).fill(1));
  while (!isConverged(state, 500)) {
    for (let row = 0; row < width; row++) {
      let sum = 0;
      for (let k = 0; k < width; k++) {
        sum += (gram[row * width + k] as number) * (state.direction[k] as number);
      }
      state.product[row] = sum;
    }
    advance(state);
  }
  return state.solution;
}
