import type { ProblemShape } from '../estimator.ts';
import {
  classProbabilities,
  negativeLogLikelihood,
  outputsOf,
} from '../logistic/class-probabilities.ts';

/** First and second derivatives of the loss by the scores: [outputs, rows] each. */
export interface Derivatives {
  readonly gradients: Float32Array;
  readonly hessians: Float32Array;
}

/** What trees minimise, and how their sums become outputs. */
export interface TreeLoss {
  /** Scores of a row: one, or one a class. */
  readonly outputs: number;
  /** Outputs of a row: one value, or a probability a class. */
  readonly perRow: number;
  /** [outputs]: the best constant scores. */
  base(targets: Float64Array, weights: Float64Array): Float64Array;
  /**
   * Fills in the derivatives at these scores, and gives the loss of one row.
   * @param scores [outputs] of the row
   * @param weight what the row counts for in the derivatives; the loss is unweighted
   */
  differentiate(
    scores: Float64Array,
    target: number,
    weight: number,
    row: number,
    into: Derivatives,
  ): number;
  /** Scores [outputs] to outputs: the scaled target, or a probability a class. */
  finish(scores: Float64Array, outputs: Float64Array): void;
}

/** Squared error (y − s)² / 2. */
const squaredError: TreeLoss = {
  outputs: 1,
  perRow: 1,
  base: (targets, weights) => Float64Array.of(weightedShare(targets, weights, (y) => y)),
  differentiate([score = 0], target, weight, row, { gradients, hessians }) {
    gradients[row] = (score - target) * weight;
    hessians[row] = weight;
    return (score - target) ** 2;
  },
  finish(scores, outputs) {
    outputs[0] = scores[0] as number;
  },
};

/** Cross-entropy of the logistic function of one score, or of the softmax of a score a class. */
function crossEntropy(classes: number): TreeLoss {
  const outputs = outputsOf(classes);
  const probabilities = new Float64Array(classes);
  // As in LightGBM: the diagonal of softmax's Hessian, made larger for what the diagonal leaves out.
  const factor = outputs === 1 ? 1 : classes / (classes - 1);
  return {
    outputs,
    perRow: classes,
    base(targets, weights) {
      const shares = Float64Array.from({ length: classes }, (_, of) =>
        // A class without rows in this part has a small share all the same.
        Math.max(
          1e-6,
          weightedShare(targets, weights, (y) => (y === of ? 1 : 0)),
        ),
      );
      if (outputs > 1) return shares.map(Math.log);
      return Float64Array.of(Math.log((shares[1] as number) / (shares[0] as number)));
    },
    differentiate(scores, target, weight, row, { gradients, hessians }) {
      classProbabilities(scores, probabilities);
      const rows = gradients.length / outputs;
      for (let output = 0; output < outputs; output++) {
        const of = outputs === 1 ? 1 : output;
        const p = probabilities[of] as number;
        const at = output * rows + row;
        gradients[at] = (p - (target === of ? 1 : 0)) * weight;
        hessians[at] = Math.max(factor * p * (1 - p), 1e-16) * weight;
      }
      return negativeLogLikelihood(scores, target);
    },
    finish: classProbabilities,
  };
}

/** Squared error of each class's indicator, so that a leaf's mean is a share of the class. */
function indicatorError(classes: number): TreeLoss {
  const outputs = outputsOf(classes);
  return {
    outputs,
    perRow: classes,
    base: (targets, weights) =>
      Float64Array.from({ length: outputs }, (_, output) =>
        weightedShare(targets, weights, (y) => (y === (outputs === 1 ? 1 : output) ? 1 : 0)),
      ),
    differentiate(scores, target, weight, row, { gradients, hessians }) {
      const rows = gradients.length / outputs;
      let loss = 0;
      for (let output = 0; output < outputs; output++) {
        const wanted = target === (outputs === 1 ? 1 : output) ? 1 : 0;
        const error = (scores[output] as number) - wanted;
        gradients[output * rows + row] = error * weight;
        hessians[output * rows + row] = weight;
        loss += error ** 2;
      }
      return loss;
    },
    finish(scores, probabilities) {
      if (outputs === 1) {
        const share = Math.min(1, Math.max(0, scores[0] as number));
        probabilities[0] = 1 - share;
        probabilities[1] = share;
        return;
      }
      const total = scores.reduce((sum, score) => sum + Math.max(0, score), 0);
      for (let i = 0; i < outputs; i++) {
        probabilities[i] = total > 0 ? Math.max(0, scores[i] as number) / total : 1 / outputs;
      }
    },
  };
}

function weightedShare(
  targets: Float64Array,
  weights: Float64Array,
  of: (target: number) => number,
): number {
  let sum = 0;
  let total = 0;
  for (let row = 0; row < targets.length; row++) {
    sum += of(targets[row] as number) * (weights[row] as number);
    total += weights[row] as number;
  }
  return sum / total;
}

export const boostingLoss = ({ classes }: ProblemShape): TreeLoss =>
  classes === 0 ? squaredError : crossEntropy(classes);

export const forestLoss = ({ classes }: ProblemShape): TreeLoss =>
  classes === 0 ? squaredError : indicatorError(classes);
