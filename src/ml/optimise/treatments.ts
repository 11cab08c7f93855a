import type { EstimatorName, Hyperparameters } from '../../schemas/hyperparameters.ts';
import {
  CnnHyperparameters,
  ElasticNetHyperparameters,
  GradientBoostingHyperparameters,
  LassoHyperparameters,
  LogisticHyperparameters,
  MlpHyperparameters,
  NaiveBayesHyperparameters,
  NearestNeighboursHyperparameters,
  RandomForestHyperparameters,
  RidgeHyperparameters,
} from '../../schemas/hyperparameters.ts';
import type { Diagnosis } from '../../schemas/round.ts';
import { forLogistic, forRidge, forSparse } from './linear-treatments.ts';
import { forNaiveBayes } from './naive-bayes-treatments.ts';
import { forNeighbours } from './neighbours-treatments.ts';
import { show, type Treatment } from './treatment.ts';
import { forGradientBoosting, forRandomForest } from './tree-treatments.ts';

const WIDEST = 512;
const DEEPEST = 4;
const MOST_EPOCHS = 1_000;
const MOST_DROPOUT = 0.5;
const FEWEST_UNITS = 4;
/** Fewer epochs leave the learning rate no time to fall. */
const FEWEST_EPOCHS = 5;
const FARTHEST_SHIFT = 0.15;

/**
 * What may help, most promising first; none where the estimator has nothing to turn. A treatment
 * that is at its limit changes nothing, and is as the candidate that it was made for.
 */
export function treatments(
  diagnosis: Diagnosis,
  estimator: EstimatorName,
  hyperparameters: Hyperparameters,
  bestEpoch: number,
): Treatment[] {
  switch (estimator) {
    case 'mlp':
      return forNetwork(diagnosis, MlpHyperparameters.parse(hyperparameters), bestEpoch);
    case 'cnn':
      return forCnn(diagnosis, CnnHyperparameters.parse(hyperparameters), bestEpoch);
    case 'ridge':
      return forRidge(diagnosis, RidgeHyperparameters.parse(hyperparameters));
    case 'logistic':
      return forLogistic(diagnosis, LogisticHyperparameters.parse(hyperparameters));
    case 'gradientBoosting':
      return forGradientBoosting(diagnosis, GradientBoostingHyperparameters.parse(hyperparameters));
    case 'randomForest':
      return forRandomForest(diagnosis, RandomForestHyperparameters.parse(hyperparameters));
    case 'lasso':
      return forSparse(diagnosis, LassoHyperparameters.parse(hyperparameters));
    case 'elasticNet':
      return forSparse(diagnosis, ElasticNetHyperparameters.parse(hyperparameters));
    case 'naiveBayes':
      return forNaiveBayes(diagnosis, NaiveBayesHyperparameters.parse(hyperparameters));
    case 'nearestNeighbours':
      return forNeighbours(diagnosis, NearestNeighboursHyperparameters.parse(hyperparameters));
    case 'linear':
    case 'ensemble':
      return [];
  }
}

/** What all networks have. */
type Network = Pick<MlpHyperparameters, keyof MlpHyperparameters & keyof CnnHyperparameters>;

function forNetwork(diagnosis: Diagnosis, now: Network, bestEpoch: number): Treatment[] {
  const change: Change = (action, changes) => ({
    action,
    hyperparameters: { ...now, ...changes },
  });
  const rate = now.learningRate;
  switch (diagnosis) {
    case 'diverging':
      return [
        change(`learning rate ${show(rate)} → ${show(rate / 10)}`, { learningRate: rate / 10 }),
        change(`learning rate ${show(rate)} → ${show(rate / 100)}`, { learningRate: rate / 100 }),
      ];
    case 'noisy':
      return [
        change('let the learning rate decay as α₀(1 − iter/max)', {
          schedule: { kind: 'polynomial', decay: 1 },
        }),
        change(`learning rate ${show(rate)} → ${show(rate / 4)}`, { learningRate: rate / 4 }),
      ];
    case 'unfinished':
      return [
        change(`train longer: ${now.epochs} → ${longer(now)} epochs`, { epochs: longer(now) }),
      ];
    case 'under-fitting':
      return forUnderFitting(now, change);
    case 'over-fitting':
      return forOverFitting(now, change, bestEpoch);
    case 'well-fitted':
      return [];
  }
}

type Change = (action: string, changes: Partial<Network>) => Treatment;

/** More units, one more hidden layer, or less that holds the network back. */
function forUnderFitting(now: Network, change: Change): Treatment[] {
  const { hiddenLayers: layers } = now;
  const wider = layers.map((units) => Math.max(units, Math.min(WIDEST, units * 2)));
  const deeper = [...layers, layers.at(-1) ?? 32];
  const epochs = Math.max(now.epochs, 100);
  const patience = now.patience && now.patience * 3;
  const found: Treatment[] = [];
  if (now.dropout > 0) found.push(change(`dropout ${now.dropout} → 0`, { dropout: 0 }));
  found.push(change(`wider: ${list(layers)} → ${list(wider)}`, { hiddenLayers: wider, epochs }));
  if (layers.length < DEEPEST) {
    found.push(change(`one more hidden layer: ${list(deeper)}`, { hiddenLayers: deeper, epochs }));
  }
  // More patience too: what stopped early would stop at the same epoch again.
  found.push(
    change(`train longer: ${longer(now)} epochs, patience ${patience ?? 'without end'}`, {
      epochs: longer(now),
      patience,
    }),
  );
  return found;
}

/** Dropout and a stronger L2 penalty, fewer units, an earlier stop. */
function forOverFitting(now: Network, change: Change, bestEpoch: number): Treatment[] {
  const dropout = Math.max(now.dropout, Math.min(MOST_DROPOUT, round(now.dropout + 0.25)));
  const l2 = Math.max(1e-3, now.l2 * 10);
  const smaller = now.hiddenLayers.map((units) =>
    Math.min(units, Math.max(FEWEST_UNITS, Math.round(units / 2))),
  );
  // The mean rate of a cosine is half of the first: twice the epochs learn as much.
  const epochs = Math.min(now.epochs, Math.max(FEWEST_EPOCHS, 2 * bestEpoch));
  return [
    change(`dropout ${now.dropout} → ${dropout}, L2 ${show(now.l2)} → ${show(l2)}`, {
      dropout,
      l2,
      patience: now.patience ?? 20,
    }),
    change(`smaller: ${list(now.hiddenLayers)} → ${list(smaller)}`, { hiddenLayers: smaller }),
    // The best epoch is what is kept already: to gain, the rate has to come to rest there.
    change(`stop earlier: the learning rate falls to 0 by epoch ${epochs}`, {
      epochs,
      schedule: { kind: 'cosine' },
    }),
  ];
}

/** What is seen of an image comes first, then what any network can change. */
function forCnn(diagnosis: Diagnosis, now: CnnHyperparameters, bestEpoch: number): Treatment[] {
  const change = (action: string, changes: Partial<CnnHyperparameters>): Treatment => ({
    action,
    hyperparameters: { ...now, ...changes },
  });
  const common = forNetwork(diagnosis, now, bestEpoch);
  if (diagnosis === 'under-fitting') {
    const filters = now.filters.map((count) => Math.max(count, Math.min(WIDEST, count * 2)));
    const more = change(`more filters: ${list(now.filters)} → ${list(filters)}`, { filters });
    return [more, ...common];
  }
  if (diagnosis === 'over-fitting' && now.shift < FARTHEST_SHIFT) {
    const shift = Math.min(FARTHEST_SHIFT, round(now.shift + 0.05));
    return [change(`images move by up to ${shift} of their size`, { shift }), ...common];
  }
  return common;
}

const longer = ({ epochs }: Network): number => Math.max(epochs, Math.min(MOST_EPOCHS, epochs * 3));
const list = (layers: readonly number[]): string => layers.join(', ');
const round = (share: number): number => Math.round(share * 100) / 100;
