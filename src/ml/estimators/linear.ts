import { LinearHyperparameters } from '../../schemas/hyperparameters.ts';
import type { Estimator } from './estimator.ts';
import { LeastSquares } from './least-squares/least-squares.ts';
import { linearPredictor } from './least-squares/linear-predictor.ts';

const NONE = { l1: 0, l2: 0 };

/** Ordinary least squares; of least norm where columns are collinear. */
export const linear: Estimator<LinearHyperparameters> = {
  name: 'linear',
  codeVersion: 1,
  tasks: ['regression'],
  hyperparameters: LinearHyperparameters,
  space: () => ({}),
  init: async ({ data }) => new LeastSquares(data, NONE),
  restore: async ({ data }, state) => new LeastSquares(data, NONE, state),
  load: async (_shape, _hyperparameters, weights) => linearPredictor(weights),
};
