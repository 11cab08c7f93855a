import { LogisticHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { Weights } from '../../weights.ts';
import type { Estimator, Predictor } from '../estimator.ts';
import { classProbabilities, scoreRow } from './class-probabilities.ts';
import { LogisticTraining } from './logistic-training.ts';

/** Logistic regression, binary or multinomial, with scikit-learn's penalty: Σ loss + ‖w‖² / 2C. */
export const logistic: Estimator<LogisticHyperparameters> = {
  name: 'logistic',
  codeVersion: 1,
  tasks: ['binary', 'multiclass'],
  hyperparameters: LogisticHyperparameters,
  space: () => ({ c: { kind: 'float', low: 1e-3, high: 1e2, log: true } }),
  init: async (setup) => new LogisticTraining(setup),
  restore: async (setup, state) => new LogisticTraining(setup, state),
  load: async ({ classes }, _hyperparameters, weights) => logisticPredictor(classes, weights),
};

function logisticPredictor(classes: number, weights: Weights): Predictor {
  const [{ values: coefficients }, { values: intercepts }] = weights as [Weights[0], Weights[0]];
  return {
    encoding: 'one-hot',
    predict(features, rows) {
      const outputs = new Float64Array(rows * classes); // [rows, classes]
      const scores = new Float64Array(intercepts.length);
      for (let row = 0; row < rows; row++) {
        scoreRow(features, row, coefficients, intercepts, scores);
        classProbabilities(scores, outputs.subarray(row * classes, (row + 1) * classes));
      }
      return outputs;
    },
    dispose() {},
  };
}
