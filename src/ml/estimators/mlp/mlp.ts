import { MlpHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { SearchSpace } from '../../../schemas/study.ts';
import { loadTensorFlow, type TensorFlow } from '../../backend.ts';
import type { Estimator, ShapeToSearch, TrainingSetup } from '../estimator.ts';
import { networkPredictor } from '../network/network-predictor.ts';
import { NetworkTraining, stepWorkOf } from '../network/network-training.ts';
import { mlpNetwork } from './mlp-network.ts';

/** Fully connected network with hidden layers M₁ … Mₙ. */
export const mlp: Estimator<MlpHyperparameters> = {
  name: 'mlp',
  codeVersion: 2,
  tasks: ['regression', 'binary', 'multiclass'],
  hyperparameters: MlpHyperparameters,
  stepWork: (shape, hyperparameters, rows) =>
    stepWorkOf(mlpNetwork(shape, hyperparameters), hyperparameters, rows),
  space,
  init: async (setup) => trainingOf(await loadTensorFlow(), setup),
  restore: async (setup, state) => trainingOf(await loadTensorFlow(), setup, state),
  load: async (shape, hyperparameters, weights) =>
    networkPredictor(await loadTensorFlow(), mlpNetwork(shape, hyperparameters), shape, weights),
};

const trainingOf = (tf: TensorFlow, setup: TrainingSetup<MlpHyperparameters>, state?: Uint8Array) =>
  NetworkTraining.begin(
    tf,
    setup,
    { network: mlpNetwork(setup.shape, setup.hyperparameters) },
    state,
  );

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
