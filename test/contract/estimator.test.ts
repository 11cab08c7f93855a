import { estimators } from '../../src/ml/estimators/index.ts';
import {
  type LearningRateSchedule,
  type MlpHyperparameters,
  OptimizerName,
} from '../../src/schemas/hyperparameters.ts';
import { type ContractCase, estimatorContract } from './estimator-contract.ts';

const { linear, ridge, logistic, mlp, cnn, gradientBoosting, randomForest, ensemble } = estimators;
const few = { rows: 60, width: 3, leastSlices: 2 };

for (const estimator of Object.values(estimators)) {
  const hyperparameters =
    estimator === mlp || estimator === cnn
      ? { hiddenLayers: [8, 4], epochs: 3 }
      : estimator.requires === 'lightgbm'
        ? { trees: 6 }
        : estimator === ensemble
          ? { members: [{ estimator: 'randomForest', hyperparameters: { trees: 6 }, weight: 3 }] }
          : {};
  const image = { height: 6, width: 5, channels: 1 } as const;
  const inputs = estimator.needsImages ? { ...few, width: 30, image } : few;
  for (const task of estimator.tasks) {
    const title = `${task}, by default`;
    estimatorContract({ title, estimator, task, hyperparameters, ...inputs });
  }
}

// Least squares over several slices a pass, by the Gram matrix and by conjugate gradients.
for (const estimator of [linear, ridge]) {
  const common = { estimator, task: 'regression', hyperparameters: {} } as const;
  estimatorContract({ ...common, title: 'many columns', rows: 1030, width: 450, leastSlices: 4 });
  estimatorContract({ ...common, title: 'wide', rows: 24, width: 1501, leastSlices: 10 });
}

estimatorContract({
  title: 'hardly penalised',
  estimator: logistic,
  task: 'multiclass',
  hyperparameters: { c: 1e4 },
  rows: 60,
  width: 10,
  leastSlices: 20,
});

/** Two epochs of 201 batches each, which take two slices: one stop of two is within an epoch. */
const overTwoSlices = (
  title: string,
  hyperparameters: Partial<MlpHyperparameters>,
): ContractCase => ({
  title,
  estimator: mlp,
  task: 'multiclass',
  hyperparameters: {
    hiddenLayers: [6, 5],
    batchSize: 1,
    epochs: 2,
    dropout: 0.3,
    classWeights: 'balanced',
    ...hyperparameters,
  },
  rows: 201,
  width: 4,
  leastSlices: hyperparameters.optimizer === 'gd' ? 2 : 4,
});

for (const optimizer of OptimizerName.options) {
  estimatorContract(
    overTwoSlices(`${optimizer} with dropout and class weights`, {
      optimizer,
      l2: 0.01,
    }),
  );
}

const schedules: readonly LearningRateSchedule[] = [
  { kind: 'polynomial', decay: 2 },
  { kind: 'cosine' },
  { kind: 'step', everyEpochs: 1, factor: 0.1 },
];
for (const schedule of schedules) {
  const hyperparameters = { schedule, warmupEpochs: 1.5, activation: 'tanh' } as const;
  estimatorContract(overTwoSlices(`${schedule.kind} schedule with warm-up`, hyperparameters));
}

// Matrices large enough for blocked kernels, whose blocks may depend on the rows.
for (const [width, units] of [
  [700, 130],
  [33, 512],
] as const) {
  estimatorContract({
    title: `${width} inputs and ${units} units`,
    estimator: mlp,
    task: 'binary',
    hyperparameters: { hiddenLayers: [units, 17], epochs: 2 },
    rows: 100,
    width,
    leastSlices: 2,
  });
}

// Rows, columns and splits at random: each iteration has streams of its own.
for (const task of ['regression', 'binary', 'multiclass'] as const) {
  estimatorContract({
    title: `${task}, each tree on some rows and columns, with penalties`,
    estimator: gradientBoosting,
    task,
    hyperparameters: {
      ...{ trees: 12, leaves: 7, minRowsPerLeaf: 3, rowShare: 0.6, columnShare: 0.5 },
      ...{ l1: 0.01, l2: 1, learningRate: 0.2, classWeights: 'balanced' },
    },
    rows: 300,
    width: 9,
    leastSlices: 12,
  });
  estimatorContract({
    title: `${task}, each split on some columns`,
    estimator: randomForest,
    task,
    hyperparameters: { trees: 12, minRowsPerLeaf: 1, columnShare: 0.4, classWeights: 'balanced' },
    rows: 300,
    width: 9,
    leastSlices: 12,
  });
}

for (const estimator of [estimators.lasso, estimators.elasticNet]) {
  estimatorContract({
    ...{ title: 'many columns, hardly penalised', estimator, task: 'regression' },
    ...{ hyperparameters: { alpha: 1e-5 }, rows: 300, width: 250, leastSlices: 3 },
  });
}

// More rows than one slice takes.
estimatorContract({
  ...{ title: 'many rows', estimator: estimators.nearestNeighbours, task: 'regression' },
  ...{ hyperparameters: { weights: 'uniform', distance: 'manhattan', neighbours: 3 } },
  ...{ rows: 17_000, width: 2, leastSlices: 3 },
});
estimatorContract({
  ...{ title: 'many columns', estimator: estimators.naiveBayes, task: 'multiclass' },
  ...{ hyperparameters: { prior: 'uniform', varianceSmoothing: 0.1 } },
  ...{ rows: 5000, width: 600, leastSlices: 3 },
});

for (const texts of ['multinomial', 'complement', 'normal'] as const) {
  estimatorContract({
    ...{ title: `texts as ${texts}`, estimator: estimators.naiveBayes, task: 'multiclass' },
    ...{ hyperparameters: { texts }, rows: 5000, width: 600, terms: 400, leastSlices: 3 },
  });
}

const images = {
  estimator: cnn,
  task: 'multiclass',
  hyperparameters: {
    filters: [3, 4],
    hiddenLayers: [5],
    batchSize: 1,
    epochs: 2,
    dropout: 0.3,
    shift: 0.2,
    flip: true,
    classWeights: 'balanced',
  },
  rows: 201,
  leastSlices: 4,
} as const;
estimatorContract({
  ...images,
  title: 'moved and mirrored images with dropout and class weights',
  width: 8 * 8,
  image: { height: 8, width: 8, channels: 1 },
});
estimatorContract({
  ...images,
  title: 'images in colour of odd sizes with features beside them',
  hyperparameters: { ...images.hyperparameters, optimizer: 'momentum', activation: 'tanh' },
  width: 5 * 7 * 3 + 2,
  image: { height: 5, width: 7, channels: 3 },
});
estimatorContract({
  ...images,
  title: 'many filters',
  hyperparameters: { filters: [16, 32, 64], kernelSize: 5, epochs: 1, batchSize: 64 },
  rows: 70,
  leastSlices: 1,
  width: 28 * 28,
  image: { height: 28, width: 28, channels: 1 },
});

// Members of all kinds, in both encodings, by epochs and by iterations.
for (const task of ['regression', 'binary', 'multiclass'] as const) {
  const solver = task === 'regression' ? 'ridge' : 'logistic';
  estimatorContract({
    title: `${task}, of four kinds`,
    estimator: ensemble,
    task,
    hyperparameters: {
      members: [
        { estimator: solver, hyperparameters: {}, weight: 2 },
        { estimator: 'gradientBoosting', hyperparameters: { trees: 9 }, weight: 3, epochs: 4 },
        {
          estimator: 'mlp',
          hyperparameters: { hiddenLayers: [8], epochs: 5 },
          weight: 1,
          epochs: 2,
        },
        { estimator: 'nearestNeighbours', hyperparameters: {}, weight: 1 },
      ],
    },
    rows: 300,
    width: 9,
    leastSlices: 8,
  });
}
