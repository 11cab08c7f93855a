import type { Batch } from '../../training/training-data.ts';
import { advance, beginConjugateGradients, isConverged } from './conjugate-gradients.ts';
import { beginDescent } from './coordinate-descent.ts';
import { solveSymmetric } from './solve-symmetric.ts';

/**
 * Least squares as a sequence of passes over the data, each of which adds up what the next needs:
 * moments → gram → solved, or, where the Gram matrix would be too large,
 * moments → gradient → product → product → … → solved.
 * With an L1 penalty there is no formula: moments → gram → descent → … → solved.
 */
export type PassName = 'moments' | 'gram' | 'gradient' | 'product' | 'descent' | 'solved';

/** l1 ‖w‖₁ + ½ l2 ‖w‖² is added to ½‖y − Xw − b‖². */
export interface Penalty {
  readonly l1: number;
  readonly l2: number;
}

/** Everything added up so far, by name: float64, and all that a stopped training has to keep. */
export type Sums = Record<string, Float64Array>;

export interface Pass {
  /** Adds a batch; columns are taken relative to `centre`. */
  add(sums: Sums, batch: Batch): void;
  /** At the end of the data: prepares the next pass. */
  finish(sums: Sums, penalty: Penalty): PassName;
  /** Multiplications per row, to bound a slice. */
  cost(width: number): number;
}

/** Beyond this width the Gram matrix costs more than some hundred passes. */
export const WIDEST_GRAM = 1500;
const MAX_ITERATIONS = 500;

const array = (sums: Sums, name: string): Float64Array => sums[name] as Float64Array;
const at = (values: Float64Array | Float32Array, index: number): number => values[index] as number;

export function beginMoments(width: number): Sums {
  return {
    mean: new Float64Array(width),
    square: new Float64Array(width),
    target: new Float64Array(2), // [Σy, rows]
  };
}

const moments: Pass = {
  cost: (width) => 2 * width,
  add(sums, { rows, features, targets }) {
    const [mean, square, target] = [
      array(sums, 'mean'),
      array(sums, 'square'),
      array(sums, 'target'),
    ];
    const width = mean.length;
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < width; i++) {
        const x = at(features, row * width + i);
        mean[i] = at(mean, i) + x;
        square[i] = at(square, i) + x * x;
      }
      target[0] = at(target, 0) + at(targets, row);
    }
    target[1] = at(target, 1) + rows;
  },
  finish(sums, { l1, l2 }) {
    const [mean, square, target] = [
      array(sums, 'mean'),
      array(sums, 'square'),
      array(sums, 'target'),
    ];
    const rows = at(target, 1);
    const width = mean.length;
    target[0] = at(target, 0) / rows;
    for (let i = 0; i < width; i++) mean[i] = at(mean, i) / rows;
    if (width > WIDEST_GRAM && l1 === 0) {
      // The diagonal of A: preconditioner of the conjugate gradients.
      sums['diagonal'] = square.map((sum, i) => sum - rows * at(mean, i) ** 2 + l2 + 1e-6 * rows);
      sums['gradient'] = new Float64Array(width);
      return 'gradient';
    }
    // Shifting all columns would fill the zeros of one-hot blocks; only those far from 0 need it.
    sums['centre'] = mean.map((m, i) => (m * m > 50 * (at(square, i) / rows - m * m) ? m : 0));
    sums['gram'] = new Float64Array(width * width);
    sums['gradient'] = new Float64Array(width);
    return 'gram';
  },
};

const gram: Pass = {
  cost: (width) => (width * width) / 2,
  add(sums, { rows, features, targets }) {
    const [matrix, rhs, centre] = [
      array(sums, 'gram'),
      array(sums, 'gradient'),
      array(sums, 'centre'),
    ];
    const width = rhs.length;
    const meanTarget = at(array(sums, 'target'), 0);
    const x = new Float64Array(width);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < width; i++) x[i] = at(features, row * width + i) - at(centre, i);
      const y = at(targets, row) - meanTarget;
      for (let i = 0; i < width; i++) {
        const xi = at(x, i);
        if (xi === 0) continue;
        rhs[i] = at(rhs, i) + xi * y;
        const offset = i * width;
        for (let j = i; j < width; j++) matrix[offset + j] = at(matrix, offset + j) + xi * at(x, j);
      }
    }
  },
  finish(sums, { l1, l2 }) {
    const [matrix, mean, centre] = [
      array(sums, 'gram'),
      array(sums, 'mean'),
      array(sums, 'centre'),
    ];
    const rows = at(array(sums, 'target'), 1);
    const width = mean.length;
    const shift = mean.map((m, i) => m - at(centre, i));
    for (let i = 0; i < width; i++) {
      for (let j = i; j < width; j++) {
        matrix[i * width + j] = at(matrix, i * width + j) - rows * at(shift, i) * at(shift, j);
      }
      matrix[i * width + i] = at(matrix, i * width + i) + l2;
    }
    if (l1 > 0) {
      Object.assign(sums, beginDescent(width));
      return 'descent';
    }
    sums['solution'] = solveSymmetric(matrix, array(sums, 'gradient'));
    return 'solved';
  },
};

const gradient: Pass = {
  cost: (width) => 2 * width,
  add(sums, { rows, features, targets }) {
    const [rhs, mean] = [array(sums, 'gradient'), array(sums, 'mean')];
    const width = rhs.length;
    const meanTarget = at(array(sums, 'target'), 0);
    for (let row = 0; row < rows; row++) {
      const y = at(targets, row) - meanTarget;
      for (let i = 0; i < width; i++) {
        rhs[i] = at(rhs, i) + (at(features, row * width + i) - at(mean, i)) * y;
      }
    }
  },
  finish(sums) {
    Object.assign(sums, beginConjugateGradients(array(sums, 'gradient'), array(sums, 'diagonal')));
    return nextProduct(sums);
  },
};

/** product = A · direction, with A = Xᵀ X + αI over centred columns. */
const product: Pass = {
  cost: (width) => 3 * width,
  add(sums, { rows, features }) {
    const [result, direction, mean] = [
      array(sums, 'product'),
      array(sums, 'direction'),
      array(sums, 'mean'),
    ];
    const width = mean.length;
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let i = 0; i < width; i++) {
        sum += (at(features, row * width + i) - at(mean, i)) * at(direction, i);
      }
      for (let i = 0; i < width; i++) {
        result[i] = at(result, i) + sum * (at(features, row * width + i) - at(mean, i));
      }
    }
  },
  finish(sums, { l2 }) {
    const [result, direction] = [array(sums, 'product'), array(sums, 'direction')];
    for (let i = 0; i < result.length; i++) result[i] = at(result, i) + l2 * at(direction, i);
    advance(sums as never);
    return nextProduct(sums);
  },
};

const nextProduct = (sums: Sums): PassName =>
  isConverged(sums as never, MAX_ITERATIONS) ? 'solved' : 'product';

export const passes: Record<Exclude<PassName, 'descent' | 'solved'>, Pass> = {
  moments,
  gram,
  gradient,
  product,
};
