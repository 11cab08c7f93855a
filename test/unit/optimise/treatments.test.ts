import { expect, test } from 'vitest';
import { prescribe } from '../../../src/ml/optimise/prescribe.ts';
import { treatments } from '../../../src/ml/optimise/treatments.ts';
import type { Candidate, MlpHyperparameters } from '../../../src/schemas/hyperparameters.ts';
import { Diagnosis } from '../../../src/schemas/round.ts';
import { outcomeOf } from '../../support/outcomes.ts';
import { problemOf } from '../../support/problems.ts';

const problem = problemOf('regression', 'rmse');

/** What is prescribed to a candidate that diverged, or whose scores say so. */
function prescribeTo(
  candidate: Candidate,
  { tried = [], ...result }: { tried?: Candidate[]; diverged?: boolean; gap?: number } = {},
) {
  const { diverged = false, gap = 0 } = result;
  const outcome = outcomeOf(candidate, {
    status: diverged ? 'diverged' : 'stopped-early',
    bestEpoch: 4,
    validationScore: 1,
    fitScore: 1 - gap,
  });
  return prescribe({ problem, candidate, outcome, curve: [], referenceScore: null, tried });
}

const mlp = (hyperparameters: Candidate['hyperparameters']): Candidate => ({
  estimator: 'mlp',
  hyperparameters,
});

const changed = (diagnosis: Diagnosis, now: Partial<MlpHyperparameters>, bestEpoch = 10) =>
  treatments(diagnosis, 'mlp', now, bestEpoch).map(
    ({ hyperparameters }) => hyperparameters as MlpHyperparameters,
  );

test('a treatment is tried once, whether or not defaults were written out', () => {
  const candidate = mlp({ learningRate: 1 });
  const first = prescribeTo(candidate, { diverged: true });
  expect(first.candidate?.hyperparameters).toMatchObject({ learningRate: 0.1, batchSize: 64 });
  const briefly = mlp({ learningRate: 0.1 });
  const second = prescribeTo(candidate, { diverged: true, tried: [briefly] });
  expect(second.candidate?.hyperparameters).toMatchObject({ learningRate: 0.01 });
});

test('when all has been tried there is a diagnosis, and nothing to do', () => {
  const tried = [0.1, 0.01].map((learningRate) => mlp({ learningRate }));
  expect(prescribeTo(mlp({ learningRate: 1 }), { diverged: true, tried })).toMatchObject({
    diagnosis: 'diverging',
    action: null,
    candidate: null,
  });
});

test('a treatment that is at its limit is passed over', () => {
  const decaying = mlp({
    schedule: { kind: 'cosine' },
    epochs: 5,
    hiddenLayers: [2],
    dropout: 0.5,
  });
  const tried = treatments('over-fitting', 'mlp', decaying.hyperparameters, 4).slice(0, 1);
  const found = prescribeTo(decaying, {
    gap: 0.5,
    tried: tried.map(({ hyperparameters }) => mlp(hyperparameters)),
  });
  expect(found).toMatchObject({ diagnosis: 'over-fitting', action: null });
});

test.each(['linear', 'ridge', 'logistic', 'mlp'] as const)(
  '%s that is well fitted is left alone',
  (estimator) => {
    expect(prescribeTo({ estimator, hyperparameters: {} }, { gap: 0.1 })).toMatchObject({
      diagnosis: 'well-fitted',
      action: null,
      candidate: null,
    });
  },
);

test('linear regression has nothing to turn', () => {
  for (const diagnosis of Diagnosis.options) {
    expect(treatments(diagnosis, 'linear', {}, 1)).toEqual([]);
  }
});

test('what is set beyond a limit is never turned back', () => {
  const large = {
    hiddenLayers: [2000, 3],
    epochs: 5000,
    dropout: 0.8,
    l2: 1,
    patience: 2,
  };
  for (const { epochs } of changed('unfinished', large)) expect(epochs).toBe(5000);
  for (const { epochs, hiddenLayers, patience } of changed('under-fitting', large)) {
    expect(epochs).toBe(5000);
    expect(hiddenLayers[0]).toBe(2000);
    expect(patience).toBeGreaterThanOrEqual(2);
  }
  for (const { dropout, l2, hiddenLayers, patience, epochs } of changed('over-fitting', large)) {
    expect(dropout).toBe(0.8);
    expect(l2).toBeGreaterThanOrEqual(1);
    expect(hiddenLayers[0]).toBeLessThanOrEqual(2000);
    expect(hiddenLayers[1]).toBe(3);
    expect(patience).toBe(2);
    expect(epochs).toBeLessThanOrEqual(5000);
  }
});

test('a network grows to 512 units a layer and four layers, and no further', () => {
  const grown = changed('under-fitting', { hiddenLayers: [300, 512, 512, 512] });
  expect(grown.map(({ hiddenLayers }) => hiddenLayers)).toContainEqual([512, 512, 512, 512]);
  expect(grown.every(({ hiddenLayers }) => hiddenLayers.length === 4)).toBe(true);
});

test('a network without hidden layers gets one', () => {
  const layers = changed('under-fitting', { hiddenLayers: [] }).map((each) => each.hiddenLayers);
  expect(layers).toContainEqual([32]);
});

test('a training that never stops early stays so when it is to go on longer', () => {
  const last = changed('under-fitting', { patience: null, epochs: 50 }).at(-1);
  expect(last).toMatchObject({ patience: null, epochs: 150 });
});

test('an earlier stop comes at twice the best epoch, and within the plan', () => {
  expect(changed('over-fitting', { epochs: 100 }, 10).at(-1)).toMatchObject({ epochs: 20 });
  expect(changed('over-fitting', { epochs: 100 }, 1).at(-1)).toMatchObject({ epochs: 5 });
  expect(changed('over-fitting', { epochs: 100 }, 80).at(-1)).toMatchObject({ epochs: 100 });
  expect(changed('over-fitting', { epochs: 3 }, 1).at(-1)).toMatchObject({ epochs: 3 });
});
