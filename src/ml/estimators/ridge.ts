import { RidgeHyperparameters } from '../../schemas/hyperparameters.ts';
import type { Estimator } from './estimator.ts';
import { LeastSquares } from './least-squares/least-squares.ts';
import { linearPredictor } from './least-squares/linear-predictor.ts';

/** Least squares with an L2 penalty: ½‖y − Xw − b‖² + ½α‖w‖². */
export const ridge: Estimator<RidgeHyperparameters> = {
  name: 'ridge',
  codeVersion: 1,
  tasks: ['regression'],
  hyperparameters: RidgeHyperparameters,
  space: () => ({ alpha: { kind: 'float', low: 1e-3, high: 1e4, log: true } }),
  init: async ({ data, hyperparameters: { alpha } }) =>
    new LeastSquares(data, { l1: 0, l2: alpha }),
  restore: async ({ data, hyperparameters: { alpha } }, state) =>
    new LeastSquares(data, { l1: 0, l2: alpha }, state),
  load: async (_shape, _hyperparameters, weights) => linearPredictor(weights),
};
