import { NearestNeighboursHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { SearchSpace } from '../../../schemas/study.ts';
import type { Estimator, ShapeToSearch } from '../estimator.ts';
import { neighboursPredictor } from './neighbours-predictor.ts';
import { NeighboursTraining } from './neighbours-training.ts';

/** Operations that scoring all rows of the training data may take: some tens of seconds. */
const MOST_OPERATIONS = 1e10;

/** The mean of the k nearest rows of the training data, which the model keeps whole. */
export const nearestNeighbours: Estimator<NearestNeighboursHyperparameters> = {
  name: 'nearestNeighbours',
  codeVersion: 2,
  tasks: ['regression', 'binary', 'multiclass'],
  hyperparameters: NearestNeighboursHyperparameters,
  space,
  suits: ({ width, rows }) => rows * rows * width <= MOST_OPERATIONS,
  init: async ({ data }) => new NeighboursTraining(data),
  restore: async ({ data }, state) => new NeighboursTraining(data, state),
  load: async (shape, hyperparameters, weights) =>
    neighboursPredictor(shape, hyperparameters, weights),
};

function space(_shape: ShapeToSearch, rows: number): SearchSpace {
  return {
    neighbours: { kind: 'int', low: 1, high: Math.max(2, Math.min(100, rows >> 2)), log: true },
    weights: { kind: 'choice', options: ['uniform', 'distance'] },
    distance: { kind: 'choice', options: ['euclidean', 'manhattan'] },
  };
}
