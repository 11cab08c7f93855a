import { expect, test } from 'vitest';
import { hashWeights, type Weights } from '../../../src/ml/weights.ts';
import type { Candidate } from '../../../src/schemas/hyperparameters.ts';
import { TrainingProgress } from '../../../src/schemas/training.ts';
import { expectClose } from '../../support/close.ts';
import { fit } from '../../support/fit.ts';
import { problemOf } from '../../support/problems.ts';
import { sampleRows } from '../../support/sample-rows.ts';
import { trainCandidate } from '../../support/train-candidate.ts';

const problem = problemOf('regression', 'rmse');
const data = sampleRows({ task: 'regression', rows: 80, width: 5 });
const validation = sampleRows({ task: 'regression', rows: 60, width: 5, seed: 2 });
const rows = { problem, data, validation };

/** A network large enough to learn 80 noisy rows by heart. */
const mlp = (hyperparameters: Candidate['hyperparameters'] = {}): Candidate => ({
  estimator: 'mlp',
  hyperparameters: { hiddenLayers: [32], learningRate: 0.02, batchSize: 16, ...hyperparameters },
});

const areFinite = (weights: Weights): boolean =>
  weights.every(({ values }) => values.every((value) => Number.isFinite(value)));

test('training stops when validation has not improved for as many epochs as patience says', async () => {
  const trained = await trainCandidate({ ...rows, candidate: mlp({ patience: 4, epochs: 300 }) });
  expect(trained.status).toBe('stopped-early');
  expect(trained.epochs).toBeLessThan(300);
  expect(trained.epochs - trained.bestEpoch).toBe(4);
  expect(trained.curve).toHaveLength(trained.epochs);
  expect(trained.curve.map(({ epoch }) => epoch)).toEqual(trained.curve.map((_, i) => i + 1));
});

test('the weights are those of the epoch that validated best, not of the last', async () => {
  const candidate = mlp({ patience: null, epochs: 40 });
  const trained = await trainCandidate({ ...rows, candidate });
  const scores = trained.curve.map(({ validationScore }) => validationScore as number);
  const best = Math.min(...scores);
  expect(trained).toMatchObject({ status: 'completed', epochs: 40, validationScore: best });
  expect(trained.bestEpoch).toBe(scores.indexOf(best) + 1);
  expect(trained.bestEpoch).toBeLessThan(40);
  const untilBest = await trainCandidate({ ...rows, candidate, maxEpochs: trained.bestEpoch });
  expect(hashWeights(untilBest.weights)).toBe(hashWeights(trained.weights));
  expect(untilBest.fitScore).toBe(trained.fitScore);
});

test('where scores are equal, the epoch with the lower loss wins', async () => {
  const binary = {
    problem: problemOf('binary', 'accuracy'),
    data: sampleRows({ task: 'binary', rows: 60, width: 2 }),
    validation: sampleRows({ task: 'binary', rows: 10, width: 2, seed: 2 }),
  };
  const candidate = mlp({ patience: null, epochs: 30, learningRate: 1e-3 });
  const { curve, bestEpoch } = await trainCandidate({ ...binary, candidate });
  const best = Math.max(...curve.map(({ validationScore }) => validationScore as number));
  const tied = curve.filter(({ validationScore }) => validationScore === best);
  const lowest = Math.min(...tied.map(({ validationLoss }) => validationLoss as number));
  expect(tied.length).toBeGreaterThan(1);
  expect(curve[bestEpoch - 1]).toMatchObject({ validationScore: best, validationLoss: lowest });
});

test('the curve tells the learning rate that each epoch ended with', async () => {
  const schedule = { kind: 'polynomial', decay: 1 };
  const candidate = mlp({ epochs: 4, learningRate: 0.1, schedule });
  const { curve } = await trainCandidate({ ...rows, candidate });
  // Five batches an epoch: the last of an epoch is iteration 4, 9, 14 or 19 of 20.
  const rates = [0.1 * (16 / 20), 0.1 * (11 / 20), 0.1 * (6 / 20), 0.1 * (1 / 20)];
  expectClose(
    curve.map(({ learningRate }) => learningRate as number),
    rates,
    1e-12,
  );
});

test('a limit on epochs ends training before its own plan does', async () => {
  const trained = await trainCandidate({ ...rows, candidate: mlp({ epochs: 50 }), maxEpochs: 3 });
  expect(trained).toMatchObject({ status: 'completed', epochs: 3 });
});

test('without validation rows training goes to the last epoch, and keeps it', async () => {
  const candidate = mlp({ epochs: 25, patience: 2 });
  const trained = await trainCandidate({ problem, data, candidate });
  expect(trained).toMatchObject({ status: 'completed', epochs: 25, bestEpoch: 25 });
  expect(trained.validationScore).toBeNull();
  expect(trained.fitScore).toBeGreaterThan(0);
  const watched = await trainCandidate({ ...rows, candidate: mlp({ epochs: 25, patience: null }) });
  expect(trained.curve.map(({ loss }) => loss)).toEqual(watched.curve.map(({ loss }) => loss));
});

test('out of time, training keeps the best epoch so far and says so', async () => {
  const candidate = mlp({ epochs: 100_000, patience: null });
  const trained = await trainCandidate({ ...rows, candidate, maxSeconds: 0.2 });
  expect(trained.status).toBe('out-of-time');
  expect(trained.seconds).toBeGreaterThanOrEqual(0.2);
  expect(trained.epochs).toBeLessThan(100_000);
  const again = await trainCandidate({ ...rows, candidate, maxEpochs: trained.epochs });
  expect(hashWeights(again.weights)).toBe(hashWeights(trained.weights));
});

test('out of time within the first epoch there is a model all the same', async () => {
  const candidate = mlp({ batchSize: 1, epochs: 10 });
  const many = sampleRows({ task: 'regression', rows: 450, width: 5 });
  const trained = await trainCandidate({ ...rows, data: many, candidate, maxSeconds: 1e-9 });
  expect(trained).toMatchObject({ status: 'out-of-time', epochs: 1, bestEpoch: 1, curve: [] });
  expect(areFinite(trained.weights)).toBe(true);
  expect(trained.validationScore).toBeGreaterThan(0);
});

test('a solver gives one iterate at least, however little time there is', async () => {
  const ridge: Candidate = { estimator: 'ridge', hyperparameters: {} };
  const whole = await trainCandidate({ ...rows, candidate: ridge });
  const hurried = await trainCandidate({ ...rows, candidate: ridge, maxSeconds: 1e-9 });
  expect(hurried).toMatchObject({ status: 'completed', weights: whole.weights });
  const binary = {
    problem: problemOf('binary', 'log_loss'),
    data: sampleRows({ task: 'binary', rows: 60, width: 4 }),
    validation: sampleRows({ task: 'binary', rows: 60, width: 4, seed: 2 }),
  };
  const logistic: Candidate = { estimator: 'logistic', hyperparameters: {} };
  const cut = await trainCandidate({ ...binary, candidate: logistic, maxSeconds: 1e-9 });
  expect(cut).toMatchObject({ status: 'out-of-time', epochs: 1 });
  expect(cut.validationScore).toBeLessThan(Math.LN2);
});

test('a solver goes on to the end, whatever the limit on epochs, and scores its last iterate', async () => {
  const binary = {
    problem: problemOf('binary', 'log_loss'),
    data: sampleRows({ task: 'binary', rows: 60, width: 4 }),
    validation: sampleRows({ task: 'binary', rows: 60, width: 4, seed: 2 }),
  };
  const logistic: Candidate = { estimator: 'logistic', hyperparameters: {} };
  const trained = await trainCandidate({ ...binary, candidate: logistic, maxEpochs: 1 });
  expect(trained.status).toBe('completed');
  expect(trained.epochs).toBeGreaterThan(4);
  expect(trained.bestEpoch).toBe(trained.epochs);
  const scores = trained.curve.map(({ validationScore }) => validationScore);
  expect(scores.slice(0, -1).every((score) => score === null)).toBe(true);
  expect(scores.at(-1)).toBe(trained.validationScore);
  const losses = trained.curve.map(({ loss }) => loss as number);
  expect(losses).toEqual(losses.toSorted((a, b) => b - a));
});

test.each([
  { when: 'within the plan', learningRate: 1e25, epochs: 5 },
  { when: 'with the last update of all', learningRate: 1e38, epochs: 1 },
])('a divergence $when leaves the initial weights, and no score', async (given) => {
  const candidate = mlp({
    optimizer: 'gd',
    learningRate: given.learningRate,
    epochs: given.epochs,
  });
  const trained = await trainCandidate({ ...rows, candidate });
  expect(trained.status).toBe('diverged');
  expect(trained.validationScore).toBeNull();
  const { hyperparameters } = candidate;
  expect(trained.weights).toEqual(await fit('mlp', data, { hyperparameters, seed: 1, slices: 0 }));
  expect(trained.fitScore).toBeGreaterThan(0);
});

test('a divergence without validation rows leaves finite weights', async () => {
  const candidate = mlp({ optimizer: 'gd', learningRate: 1e25, epochs: 5 });
  const trained = await trainCandidate({ problem, data, candidate });
  expect(trained.status).toBe('diverged');
  expect(areFinite(trained.weights)).toBe(true);
});

test('a divergence after good epochs keeps the best of them', async () => {
  // The rate climbs by warm-up from harmless to hopeless.
  const candidate = mlp({
    optimizer: 'sgd',
    learningRate: 40,
    warmupEpochs: 1000,
    epochs: 1000,
    patience: null,
  });
  const trained = await trainCandidate({ ...rows, candidate });
  expect(trained.status).toBe('diverged');
  expect(areFinite(trained.weights)).toBe(true);
  expect(trained.bestEpoch).toBeLessThan(trained.epochs);
  expect(trained.curve.at(-1)).toMatchObject({ loss: null, validationScore: null });
  expect(trained.validationScore).toBe(trained.curve[trained.bestEpoch - 1]?.validationScore);
});

test('progress tells loss, best score, speed and the time that is left', async () => {
  const told: TrainingProgress[] = [];
  const candidate = mlp({ epochs: 150, patience: null, batchSize: 1 });
  await trainCandidate({
    ...rows,
    candidate,
    onProgress: (progress) => void told.push(TrainingProgress.parse(progress)),
  });
  expect(told.length).toBeGreaterThan(1);
  const last = told.at(-1) as TrainingProgress;
  expect(last).toMatchObject({ estimator: 'mlp', maxEpochs: 150, metric: 'rmse' });
  expect(last.epoch).toBeGreaterThan(told[0]?.epoch as number);
  expect(last.loss).toBeGreaterThan(0);
  expect(last.score).toBeGreaterThan(0);
  const rowsLeft = (150 - last.epoch) * data.rows;
  expect(last.etaSeconds).toBeCloseTo(rowsLeft / last.rowsPerSecond, 6);
});

test('with a time limit, the time that is left is no more than it leaves', async () => {
  const told: TrainingProgress[] = [];
  await trainCandidate({
    ...rows,
    candidate: mlp({ epochs: 1_000_000, patience: null }),
    maxSeconds: 0.3,
    onProgress: (progress) => void told.push(progress),
  });
  expect(told.length).toBeGreaterThan(0);
  expect(told.every(({ etaSeconds }) => etaSeconds !== null && etaSeconds <= 0.3)).toBe(true);
});
