import { ElasticNetHyperparameters, LassoHyperparameters } from '../../schemas/hyperparameters.ts';
import type { SearchSpace } from '../../schemas/study.ts';
import type { Estimator, TrainingSetup } from './estimator.ts';
import { LeastSquares } from './least-squares/least-squares.ts';
import { linearPredictor } from './least-squares/linear-predictor.ts';
import { WIDEST_GRAM } from './least-squares/passes.ts';

const alpha = { kind: 'float', low: 1e-5, high: 1, log: true } as const;

/**
 * Least squares with both penalties, as in scikit-learn:
 * ‖y − Xw − b‖² / 2n + αρ ‖w‖₁ + α(1 − ρ)/2 ‖w‖², by coordinate descent.
 */
export const elasticNet = penalised(
  'elasticNet',
  ElasticNetHyperparameters,
  { alpha, l1Share: { kind: 'float', low: 0.05, high: 0.95, log: false } },
  (hyperparameters) => hyperparameters,
);

/** Least squares with an L1 penalty, which leaves columns out: the elastic net with ρ = 1. */
export const lasso = penalised('lasso', LassoHyperparameters, { alpha }, (hyperparameters) => ({
  ...hyperparameters,
  l1Share: 1,
}));

function penalised<H>(
  name: 'lasso' | 'elasticNet',
  hyperparameters: Estimator<H>['hyperparameters'],
  space: SearchSpace,
  penaltyOf: (hyperparameters: H) => { alpha: number; l1Share: number },
): Estimator<H> {
  const open = ({ data, hyperparameters }: TrainingSetup<H>, state?: Uint8Array) => {
    const { alpha, l1Share } = penaltyOf(hyperparameters);
    const l1 = alpha * l1Share * data.rows;
    const l2 = alpha * (1 - l1Share) * data.rows;
    return new LeastSquares(data, { l1, l2 }, state);
  };
  return {
    name,
    codeVersion: 1,
    tasks: ['regression'],
    hyperparameters,
    space: () => space,
    // The matrix of the columns' products is kept.
    suits: ({ width }) => width <= WIDEST_GRAM,
    init: async (setup) => open(setup),
    restore: async (setup, state) => open(setup, state),
    load: async (_shape, _hyperparameters, weights) => linearPredictor(weights),
  };
}
