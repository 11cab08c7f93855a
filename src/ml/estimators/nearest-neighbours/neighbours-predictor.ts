import type { NearestNeighboursHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { Weights } from '../../weights.ts';
import type { Predictor, ProblemShape } from '../estimator.ts';

/** Looks at all rows for each row; of rows equally far away the earlier one is nearer. */
export function neighboursPredictor(
  { width, classes }: ProblemShape,
  { neighbours, weights: weighting, distance }: NearestNeighboursHyperparameters,
  weights: Weights,
): Predictor {
  const [kept, targets] = weights.map(({ values }) => values) as [Float32Array, Float64Array];
  const k = Math.min(neighbours, targets.length);
  const outputs = Math.max(1, classes);
  const measure = distance === 'manhattan' ? manhattan : squaredEuclidean;

  /** Adds to `into` [outputs] what the neighbours at these distances say. */
  function vote(rows: Int32Array, distances: Float64Array, into: Float64Array): void {
    const isNear = weighting === 'distance' && (distances[0] as number) === 0;
    let total = 0;
    for (let i = 0; i < k; i++) {
      const far = distances[i] as number;
      const length = distance === 'manhattan' ? far : Math.sqrt(far);
      // Rows at no distance at all outweigh all others.
      const weight = weighting === 'uniform' ? 1 : isNear ? Number(far === 0) : 1 / length;
      const target = targets[rows[i] as number] as number;
      const output = classes === 0 ? 0 : target;
      into[output] = (into[output] as number) + weight * (classes === 0 ? target : 1);
      total += weight;
    }
    for (let output = 0; output < outputs; output++)
      into[output] = (into[output] as number) / total;
  }

  return {
    encoding: 'one-hot',
    predict(features, count) {
      const result = new Float64Array(count * outputs); // [rows, outputs]
      const rows = new Int32Array(k);
      const distances = new Float64Array(k);
      for (let row = 0; row < count; row++) {
        distances.fill(Number.POSITIVE_INFINITY);
        for (let other = 0; other < targets.length; other++) {
          const bound = distances[k - 1] as number;
          const far = measure(features, row * width, kept, other * width, width, bound);
          if (far < bound) insert(rows, distances, other, far);
        }
        vote(rows, distances, result.subarray(row * outputs, (row + 1) * outputs));
      }
      return result;
    },
    dispose() {},
  };
}

/** Keeps the nearest, in order. */
function insert(rows: Int32Array, distances: Float64Array, row: number, far: number): void {
  let at = distances.length - 1;
  for (; at > 0 && far < (distances[at - 1] as number); at--) {
    distances[at] = distances[at - 1] as number;
    rows[at] = rows[at - 1] as number;
  }
  distances[at] = far;
  rows[at] = row;
}

type Values = Float32Array;

/** Inputs between two looks at the bound. */
const BLOCK = 32;

/** Σ (a − b)²; may end early where it is beyond `bound`. */
function squaredEuclidean(
  a: Values,
  aStart: number,
  b: Values,
  bStart: number,
  width: number,
  bound: number,
): number {
  const step = bStart - aStart;
  const end = aStart + width;
  let sum = 0;
  let i = aStart;
  // Four sums, so that an addition need not wait for the one before.
  for (let stop = i + BLOCK; stop <= end && sum < bound; stop += BLOCK) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (; i < stop; i += 4) {
      const d0 = (a[i] as number) - (b[i + step] as number);
      const d1 = (a[i + 1] as number) - (b[i + step + 1] as number);
      const d2 = (a[i + 2] as number) - (b[i + step + 2] as number);
      const d3 = (a[i + 3] as number) - (b[i + step + 3] as number);
      s0 += d0 * d0;
      s1 += d1 * d1;
      s2 += d2 * d2;
      s3 += d3 * d3;
    }
    sum += s0 + s1 + (s2 + s3);
  }
  for (; i < end && sum < bound; i++) {
    const difference = (a[i] as number) - (b[i + step] as number);
    sum += difference * difference;
  }
  return sum;
}

/** Σ |a − b|; may end early where it is beyond `bound`. */
function manhattan(
  a: Values,
  aStart: number,
  b: Values,
  bStart: number,
  width: number,
  bound: number,
): number {
  const step = bStart - aStart;
  const end = aStart + width;
  let sum = 0;
  let i = aStart;
  for (let stop = i + BLOCK; stop <= end && sum < bound; stop += BLOCK) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (; i < stop; i += 4) {
      s0 += Math.abs((a[i] as number) - (b[i + step] as number));
      s1 += Math.abs((a[i + 1] as number) - (b[i + step + 1] as number));
      s2 += Math.abs((a[i + 2] as number) - (b[i + step + 2] as number));
      s3 += Math.abs((a[i + 3] as number) - (b[i + step + 3] as number));
    }
    sum += s0 + s1 + (s2 + s3);
  }
  for (; i < end && sum < bound; i++) {
    sum += Math.abs((a[i] as number) - (b[i + step] as number));
  }
  return sum;
}
