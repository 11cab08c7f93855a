import { softmax } from '../../softmax.ts';
import type { Weights } from '../../weights.ts';
import type { Predictor, ProblemShape } from '../estimator.ts';

/**
 * log P(class) + Σ log P(column | class), row by row; what is missing is left out of the sum. Of texts
 * Σ value · log P(term | class), over the terms that there are.
 */
export function naiveBayesPredictor(
  { classes, layout }: ProblemShape,
  weights: Weights,
): Predictor {
  const [priors, means, variances, levels, terms = NO_TERMS] = weights.map(
    ({ values }) => values,
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array?];
  const { numeric: numbers, categories } = layout;
  const width = numbers + categories.length;
  const allTerms = terms.length / classes;
  const numeric = numbers - allTerms;
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
      const code = features[start + numbers + index] as number;
      if (!Number.isNaN(code)) sum += levels[first + code] as number;
      first += categories[index] as number;
    }
    return sum;
  }

  /** Most are 0: they are found once for all classes. */
  function addTerms(features: Float32Array, start: number, scores: Float64Array): void {
    for (let term = 0; term < allTerms; term++) {
      const value = features[start + numeric + term] as number;
      if (value === 0) continue;
      for (let of = 0; of < classes; of++) {
        scores[of] = (scores[of] as number) + value * (terms[of * allTerms + term] as number);
      }
    }
  }

  return {
    encoding: 'codes',
    predict(features, rows) {
      const outputs = new Float64Array(rows * classes); // [rows, classes]
      const scores = new Float64Array(classes);
      for (let row = 0; row < rows; row++) {
        for (let of = 0; of < classes; of++) scores[of] = score(features, row * width, of);
        addTerms(features, row * width, scores);
        softmax(scores);
        outputs.set(scores, row * classes);
      }
      return outputs;
    },
    dispose() {},
  };
}

const NO_TERMS = new Float64Array();
