import type { TrainingData } from '../../training/training-data.ts';
import {
  classProbabilities,
  negativeLogLikelihood,
  outputsOf,
  scoreRow,
} from './class-probabilities.ts';
import type { Evaluation } from './lbfgs.ts';

const BATCH_ROWS = 4096;

/**
 * Mean over the rows of Σ loss + ‖w‖² / 2C, and its gradient, in one pass over the data.
 * Intercepts bear no penalty.
 */
export async function logisticLoss(
  data: TrainingData,
  classes: number,
  c: number,
  point: Float64Array,
): Promise<Evaluation> {
  const outputs = outputsOf(classes);
  const split = outputs * data.width;
  const coefficients = point.subarray(0, split);
  const intercepts = point.subarray(split);
  const gradient = coefficients.map((w) => w / c);
  const slopes = new Float64Array(outputs);
  const scores = new Float64Array(outputs);
  const probabilities = new Float64Array(classes);
  let loss = coefficients.reduce((sum, w) => sum + w * w, 0) / (2 * c);
  for await (const { rows, features, targets } of data.batches(BATCH_ROWS)) {
    for (let row = 0; row < rows; row++) {
      const label = targets[row] as number;
      scoreRow(features, row, coefficients, intercepts, scores);
      classProbabilities(scores, probabilities);
      loss += negativeLogLikelihood(scores, label);
      for (let output = 0; output < outputs; output++) {
        const of = outputs === 1 ? 1 : output;
        const error = (probabilities[of] as number) - (label === of ? 1 : 0);
        slopes[output] = (slopes[output] as number) + error;
        addRow(gradient, output * data.width, features, row * data.width, data.width, error);
      }
    }
  }
  const whole = new Float64Array(point.length);
  whole.set(gradient);
  whole.set(slopes, split);
  return { value: loss / data.rows, gradient: whole.map((value) => value / data.rows) };
}

function addRow(
  target: Float64Array,
  targetStart: number,
  features: Float32Array,
  start: number,
  width: number,
  scale: number,
): void {
  for (let i = 0; i < width; i++) {
    target[targetStart + i] =
      (target[targetStart + i] as number) + scale * (features[start + i] as number);
  }
}
