/**
 * Scores of one row: a single one for two classes (the logistic function gives the second class's
 * probability), else one for each class (softmax). Parameters are [outputs, width] coefficients,
 * then [outputs] intercepts.
 */
export const outputsOf = (classes: number): number => (classes === 2 ? 1 : classes);

/** Writes the scores of row `row` of features [rows, width] into `scores` [outputs]. */
export function scoreRow(
  features: Float32Array,
  row: number,
  coefficients: ArrayLike<number>,
  intercepts: ArrayLike<number>,
  scores: Float64Array,
): void {
  const outputs = scores.length;
  const width = coefficients.length / outputs;
  for (let output = 0; output < outputs; output++) {
    let sum = intercepts[output] as number;
    for (let i = 0; i < width; i++) {
      sum += (features[row * width + i] as number) * (coefficients[output * width + i] as number);
    }
    scores[output] = sum;
  }
}

/** Turns scores [outputs] into probabilities [classes], without overflow. */
export function classProbabilities(scores: Float64Array, probabilities: Float64Array): void {
  if (scores.length === 1) {
    const small = Math.exp(-Math.abs(scores[0] as number));
    const [likely, unlikely] = [1 / (1 + small), small / (1 + small)];
    const positive = (scores[0] as number) >= 0;
    probabilities[0] = positive ? unlikely : likely;
    probabilities[1] = positive ? likely : unlikely;
    return;
  }
  const largest = Math.max(...scores);
  let total = 0;
  for (let i = 0; i < scores.length; i++) {
    const exponential = Math.exp((scores[i] as number) - largest);
    probabilities[i] = exponential;
    total += exponential;
  }
  for (let i = 0; i < scores.length; i++) probabilities[i] = (probabilities[i] as number) / total;
}

/** −log of the probability of class `label`, exact where that probability underflows. */
export function negativeLogLikelihood(scores: Float64Array, label: number): number {
  if (scores.length === 1) {
    const margin = label === 1 ? (scores[0] as number) : -(scores[0] as number);
    return Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
  }
  const largest = Math.max(...scores);
  let total = 0;
  for (const score of scores) total += Math.exp(score - largest);
  return largest + Math.log(total) - (scores[label] as number);
}
