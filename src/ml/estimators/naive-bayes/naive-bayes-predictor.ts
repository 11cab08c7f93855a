import type { Weights } from '../../weights.ts';
import type { Predictor, ProblemShape } from '../estimator.ts';

/** log P(class) + Σ log P(column | class), row by row; what is missing is left out of the sum. */
export function naiveBayesPredictor(
  { classes, layout }: ProblemShape,
  weights: Weights,
): Predictor {
  const [priors, means, variances, levels] = weights.map(({ values }) => values) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const { numeric, categories } = layout;
  const width = numeric + categories.length;
  const allLevels = levels.length / classes;
  const halfLogs = variances.map((variance) => 0.5 * Math.log(2 * Math.PI * variance));

  function score(features: Float32Array, start: number, of: number): number {
    let sum = priors[of] as number;
    for (let i = 0; i < numeric; i++) {
      const x = features[start + i] as number;
      if (Number.isNaN(x)) continue;
      const at = of * numeric + i;
      const distance = x - (means[at] as number);
      sum -= (halfLogs[at] as number) + distance ** 2 / (2 * (variances[at] as number));
    }
    let first = of * allLevels;
    for (let index = 0; index < categories.length; index++) {
      const code = features[start + numeric + index] as number;
      if (!Number.isNaN(code)) sum += levels[first + code] as number;
      first += categories[index] as number;
    }
    return sum;
  }

  return {
    encoding: 'codes',
    predict(features, rows) {
      const outputs = new Float64Array(rows * classes); // [rows, classes]
      const scores = new Float64Array(classes);
      for (let row = 0; row < rows; row++) {
        for (let of = 0; of < classes; of++) scores[of] = score(features, row * width, of);
        softmax(scores, outputs.subarray(row * classes, (row + 1) * classes));
      }
      return outputs;
    },
    dispose() {},
  };
}

function softmax(scores: Float64Array, into: Float64Array): void {
  const largest = Math.max(...scores);
  let total = 0;
  scores.forEach((score, i) => {
    const exponential = Math.exp(score - largest);
    into[i] = exponential;
    total += exponential;
  });
  for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) / total;
}
