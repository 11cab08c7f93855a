import { MlpHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { SearchSpace } from '../../../schemas/study.ts';
import { loadTensorFlow } from '../../backend.ts';
import type { Estimator, ShapeToSearch } from '../estimator.ts';
import { mlpPredictor } from './mlp-predictor.ts';
import { MlpTraining } from './mlp-training.ts';

/** Fully connected network with hidden layers M₁ … Mₙ. */
export const mlp: Estimator<MlpHyperparameters> = {
  name: 'mlp',
  codeVersion: 1,
  tasks: ['regression', 'binary', 'multiclass'],
  hyperparameters: MlpHyperparameters,
  space,
  init: async (setup) => new MlpTraining(await loadTensorFlow(), setup),
  restore: async (setup, state) => new MlpTraining(await loadTensorFlow(), setup, state),
  load: async (shape, hyperparameters, weights) =>
    mlpPredictor(await loadTensorFlow(), shape, hyperparameters, weights),
};

function space(_shape: ShapeToSearch, rows: number): SearchSpace {
  const small = rows < 1000;
  const layers = [[32], [64], [128], [32, 16], [64, 32], [128, 64], [64, 64, 64], [256, 128]];
  return {
    hiddenLayers: { kind: 'choice', options: small ? layers.slice(0, 6) : layers },
    activation: { kind: 'choice', options: ['relu', 'tanh'] },
    // Plain SGD is slow at the low end; patience is spent on it rather than a range of its own.
    optimizer: { kind: 'choice', options: ['adam', 'adamw', 'rmsprop', 'momentum', 'sgd'] },
    learningRate: { kind: 'float', low: 5e-4, high: 3e-2, log: true },
    schedule: {
      kind: 'choice',
      options: [{ kind: 'constant' }, { kind: 'cosine' }, { kind: 'polynomial', decay: 1 }],
    },
    batchSize: { kind: 'choice', options: small ? [16, 32, 64] : [32, 64, 128, 256] },
    l2: { kind: 'float', low: 1e-6, high: 3e-2, log: true },
    dropout: { kind: 'choice', options: [0, 0, 0.1, 0.2, 0.4] },
  };
}
