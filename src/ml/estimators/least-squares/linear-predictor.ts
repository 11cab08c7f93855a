import type { Weights } from '../../weights.ts';
import type { Predictor } from '../estimator.ts';

/** y = Xw + b in float64, row by row, so that neighbours cannot matter. */
export function linearPredictor(weights: Weights): Predictor {
  const [{ values: coefficients }, { values: intercept }] = weights as [Weights[0], Weights[0]];
  const width = coefficients.length;
  return {
    encoding: 'one-hot',
    predict(features, rows) {
      const outputs = new Float64Array(rows);
      for (let row = 0; row < rows; row++) {
        let sum = intercept[0] as number;
        for (let i = 0; i < width; i++) {
          sum += (features[row * width + i] as number) * (coefficients[i] as number);
        }
        outputs[row] = sum;
      }
      return outputs;
    },
    dispose() {},
  };
}
