import type { Candidate, Hyperparameters } from '../../../src/schemas/hyperparameters.ts';
import type { Problem } from '../../../src/schemas/problem.ts';
import type { Diagnosis } from '../../../src/schemas/round.ts';
import type { MemoryRows } from '../../support/memory-rows.ts';
import { plant } from '../../support/planted.ts';
import { problemOf } from '../../support/problems.ts';

/** A training with a planted fault, and what shall be done about it, in order. */
export interface PlantedCase {
  readonly name: string;
  readonly problem: Problem;
  readonly rows: (count: number, seed: number) => MemoryRows;
  readonly count: number;
  readonly seed: number;
  readonly candidate: Candidate;
  readonly diagnosis: Diagnosis;
  /** Treatments that count as tried already. */
  readonly skipped?: number;
  readonly actions: readonly string[];
}

const regression = problemOf('regression', 'rmse');
const binary = problemOf('binary', 'log_loss');

const mlp = (hyperparameters: Hyperparameters): Candidate => ({
  estimator: 'mlp',
  hyperparameters,
});

const boosting = (hyperparameters: Hyperparameters): Candidate => ({
  estimator: 'gradientBoosting',
  hyperparameters,
});

/** y = sin 3x, which a few units can't draw. */
const wave = (rows: number, seed: number) =>
  plant({ rows, width: 1, seed, target: ([x = 0], noise) => Math.sin(3 * x) + 0.1 * noise() });

/** y = x₀ with noise, among columns that have no say. */
const needle = (width: number, share: number) => (rows: number, seed: number) =>
  plant({ rows, width, seed, target: ([x = 0], noise) => x + share * noise() });

const curveAmongNoise = (rows: number, seed: number) =>
  plant({
    rows,
    width: 8,
    seed,
    target: ([x = 0, z = 0], noise) => Math.sin(2 * x) + z + 0.5 * noise(),
  });

/** A sum of twelve columns, with as much noise. */
const sumAmongNoise = (rows: number, seed: number) =>
  plant({
    ...{ rows, width: 12, seed },
    target: (x, noise) => x.reduce((sum, value) => sum + value, 0) / Math.sqrt(12) + noise(),
  });

/** Two classes by the sign of x₀ with noise. */
const sides = (width: number, share: number) => (rows: number, seed: number) =>
  plant({ rows, width, seed, target: ([x = 0], noise) => (x + share * noise() > 0 ? 1 : 0) });

export const plantedCases: readonly PlantedCase[] = [
  {
    name: 'too large a learning rate',
    problem: regression,
    rows: needle(4, 0.3),
    count: 100,
    seed: 2,
    candidate: mlp({ hiddenLayers: [16], optimizer: 'sgd', learningRate: 3, epochs: 30 }),
    diagnosis: 'diverging',
    actions: ['learning rate 3 → 0.3', 'learning rate 3 → 0.03'],
  },
  {
    name: 'too large a learning rate with momentum',
    problem: regression,
    rows: needle(4, 0.3),
    count: 100,
    seed: 1,
    candidate: mlp({ hiddenLayers: [16], optimizer: 'momentum', learningRate: 1, epochs: 30 }),
    diagnosis: 'diverging',
    actions: ['learning rate 1 → 0.1', 'learning rate 1 → 0.01'],
  },
  {
    name: 'a loss that jumps about its valley',
    problem: regression,
    rows: wave,
    count: 200,
    seed: 2,
    candidate: mlp({
      hiddenLayers: [16],
      learningRate: 0.1,
      batchSize: 8,
      epochs: 40,
      patience: null,
    }),
    diagnosis: 'noisy',
    actions: ['let the learning rate decay as α₀(1 − iter/max)', 'learning rate 0.1 → 0.025'],
  },
  {
    name: 'too few epochs',
    problem: regression,
    rows: wave,
    count: 200,
    seed: 3,
    candidate: mlp({ hiddenLayers: [16], activation: 'tanh', epochs: 20, learningRate: 0.003 }),
    diagnosis: 'unfinished',
    actions: ['train longer: 20 → 60 epochs'],
  },
  {
    name: 'so much dropout that little can be learnt',
    problem: regression,
    rows: wave,
    count: 200,
    seed: 1,
    candidate: mlp({
      hiddenLayers: [8],
      dropout: 0.5,
      activation: 'tanh',
      epochs: 200,
      learningRate: 0.01,
    }),
    diagnosis: 'under-fitting',
    actions: ['dropout 0.5 → 0'],
  },
  {
    name: 'too few units',
    problem: regression,
    rows: wave,
    count: 200,
    seed: 1,
    candidate: mlp({ hiddenLayers: [2], activation: 'tanh', epochs: 300, learningRate: 0.02 }),
    diagnosis: 'under-fitting',
    actions: ['wider: 2 → 4', 'one more hidden layer: 2, 2'],
  },
  {
    name: 'too little patience on a plateau',
    problem: regression,
    rows: wave,
    count: 200,
    seed: 1,
    candidate: mlp({
      hiddenLayers: [8],
      activation: 'tanh',
      epochs: 200,
      patience: 3,
      learningRate: 0.01,
    }),
    diagnosis: 'under-fitting',
    skipped: 2,
    actions: ['train longer: 600 epochs, patience 9'],
  },
  {
    name: 'a network that learns its rows by heart',
    problem: regression,
    rows: curveAmongNoise,
    count: 150,
    seed: 3,
    candidate: mlp({ hiddenLayers: [64], epochs: 100, learningRate: 0.01, batchSize: 8 }),
    diagnosis: 'over-fitting',
    actions: [
      'dropout 0 → 0.25, L2 0.0001 → 0.001',
      'smaller: 64 → 32',
      'stop earlier: the learning rate falls to 0 by epoch 10',
    ],
  },
  {
    name: 'ridge with nearly as many columns as rows, hardly penalised',
    problem: regression,
    rows: needle(40, 0.5),
    count: 50,
    seed: 1,
    candidate: { estimator: 'ridge', hyperparameters: { alpha: 0.1 } },
    diagnosis: 'over-fitting',
    actions: ['penalty α 0.1 → 1', 'penalty α 0.1 → 10'],
  },
  {
    name: 'ridge without a penalty',
    problem: regression,
    rows: needle(40, 0.5),
    count: 50,
    seed: 1,
    candidate: { estimator: 'ridge', hyperparameters: { alpha: 0 } },
    diagnosis: 'over-fitting',
    actions: ['penalty α 0 → 0.1', 'penalty α 0 → 1'],
  },
  {
    name: 'ridge with far too much of a penalty',
    problem: regression,
    rows: needle(5, 0.1),
    count: 200,
    seed: 2,
    candidate: { estimator: 'ridge', hyperparameters: { alpha: 1000 } },
    diagnosis: 'under-fitting',
    actions: ['penalty α 1000 → 100'],
  },
  {
    name: 'logistic regression with many columns, hardly penalised',
    problem: binary,
    rows: sides(20, 1),
    count: 60,
    seed: 1,
    candidate: { estimator: 'logistic', hyperparameters: { c: 10 } },
    diagnosis: 'over-fitting',
    actions: ['inverse penalty C 10 → 1', 'inverse penalty C 10 → 0.1'],
  },
  {
    name: 'logistic regression with far too much of a penalty',
    problem: binary,
    rows: sides(4, 0.3),
    count: 200,
    seed: 1,
    candidate: { estimator: 'logistic', hyperparameters: { c: 0.001 } },
    diagnosis: 'under-fitting',
    actions: ['inverse penalty C 0.001 → 0.01'],
  },
  {
    name: 'boosted trees that are as large as their rows allow',
    problem: regression,
    rows: sumAmongNoise,
    count: 150,
    seed: 2,
    candidate: boosting({ leaves: 64, minRowsPerLeaf: 1, learningRate: 0.5 }),
    diagnosis: 'over-fitting',
    actions: [
      'smaller trees: 64 → 16 leaves',
      'each tree sees 0.7 of the rows and 0.7 of the columns; L2 0 → 1',
      'learning rate 0.5 → 0.25',
    ],
  },
  {
    name: 'boosted trees whose leaves must hold most of the rows',
    problem: regression,
    rows: wave,
    count: 400,
    seed: 1,
    candidate: boosting({ leaves: 2, minRowsPerLeaf: 150, learningRate: 0.5 }),
    diagnosis: 'under-fitting',
    actions: ['larger trees: 2 → 8 leaves, of 150 → 37 rows'],
  },
  {
    name: 'too few boosting iterations',
    problem: regression,
    rows: wave,
    count: 400,
    seed: 1,
    candidate: boosting({ trees: 20 }),
    diagnosis: 'unfinished',
    actions: ['more trees: 20 → 60'],
  },
  {
    name: 'a forest of trees that end in single rows',
    problem: regression,
    rows: needle(2, 2),
    count: 200,
    seed: 1,
    candidate: {
      estimator: 'randomForest',
      hyperparameters: { minRowsPerLeaf: 1, trees: 50, columnShare: 1 },
    },
    diagnosis: 'over-fitting',
    actions: ['leaves of 1 → 3 rows'],
  },
  {
    name: 'a forest whose leaves must hold many rows',
    problem: regression,
    rows: wave,
    count: 400,
    seed: 1,
    candidate: {
      estimator: 'randomForest',
      hyperparameters: { minRowsPerLeaf: 100, trees: 30 },
    },
    diagnosis: 'under-fitting',
    actions: ['leaves of 100 → 25 rows'],
  },
  {
    name: 'the lasso with nearly as many columns as rows, hardly penalised',
    problem: regression,
    rows: needle(40, 0.5),
    count: 50,
    seed: 1,
    candidate: { estimator: 'lasso', hyperparameters: { alpha: 0.001 } },
    diagnosis: 'over-fitting',
    actions: ['penalty α 0.001 → 0.003', 'penalty α 0.001 → 0.01'],
  },
  {
    name: 'the lasso with so much of a penalty that little is left',
    problem: regression,
    rows: needle(5, 0.1),
    count: 200,
    seed: 2,
    candidate: { estimator: 'lasso', hyperparameters: { alpha: 0.7 } },
    diagnosis: 'under-fitting',
    actions: ['penalty α 0.7 → 0.07'],
  },
  {
    name: 'one neighbour, who is as noisy as all',
    problem: regression,
    rows: needle(2, 1),
    count: 200,
    seed: 1,
    candidate: {
      estimator: 'nearestNeighbours',
      hyperparameters: { neighbours: 1, weights: 'uniform' },
    },
    diagnosis: 'over-fitting',
    actions: ['neighbours 1 → 3', 'neighbours 1 → 10'],
  },
  {
    name: 'so many neighbours that what they know is blurred',
    problem: regression,
    rows: wave,
    count: 200,
    seed: 1,
    candidate: {
      estimator: 'nearestNeighbours',
      hyperparameters: { neighbours: 100, weights: 'uniform' },
    },
    diagnosis: 'under-fitting',
    actions: ['neighbours 100 → 25'],
  },
];
