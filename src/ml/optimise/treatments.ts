import type { EstimatorName, Hyperparameters } from '../../schemas/hyperparameters.ts';
import {
  LogisticHyperparameters,
  MlpHyperparameters,
  RidgeHyperparameters,
} from '../../schemas/hyperparameters.ts';
import type { Diagnosis } from '../../schemas/round.ts';

/** One thing to change, in words and in hyperparameters. */
export interface Treatment {
  readonly action: string;
  readonly hyperparameters: Hyperparameters;
}

const WIDEST = 512;
const DEEPEST = 4;
const MOST_EPOCHS = 1_000;
const SHORTEST_PATIENCE = 5;

/** What may help, most promising first; none where the estimator has nothing to turn. */
export function treatments(
  diagnosis: Diagnosis,
  estimator: EstimatorName,
  hyperparameters: Hyperparameters,
): Treatment[] {
  switch (estimator) {
    case 'mlp':
      return forMlp(diagnosis, MlpHyperparameters.parse(hyperparameters));
    case 'ridge':
      return forRidge(diagnosis, RidgeHyperparameters.parse(hyperparameters));
    case 'logistic':
      return forLogistic(diagnosis, LogisticHyperparameters.parse(hyperparameters));
    case 'linear':
      return [];
  }
}

function forMlp(diagnosis: Diagnosis, now: MlpHyperparameters): Treatment[] {
  const change = (action: string, changes: Partial<MlpHyperparameters>): Treatment => ({
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
      return forOverFitting(now, change);
    case 'well-fitted':
      return [];
  }
}

type Change = (action: string, changes: Partial<MlpHyperparameters>) => Treatment;

/** More units, one more hidden layer, or less that holds the network back. */
function forUnderFitting(now: MlpHyperparameters, change: Change): Treatment[] {
  const { hiddenLayers: layers } = now;
  const wider = layers.map((units) => Math.min(WIDEST, units * 2));
  const deeper = [...layers, layers.at(-1) ?? 32];
  const epochs = Math.max(now.epochs, 100);
  const found: Treatment[] = [];
  if (now.dropout > 0) found.push(change(`dropout ${now.dropout} → 0`, { dropout: 0 }));
  if (layers.some((units) => units < WIDEST)) {
    found.push(change(`wider: ${list(layers)} → ${list(wider)}`, { hiddenLayers: wider, epochs }));
  }
  if (layers.length < DEEPEST) {
    found.push(change(`one more hidden layer: ${list(deeper)}`, { hiddenLayers: deeper, epochs }));
  }
  if (longer(now) > now.epochs) {
    found.push(change(`train longer: ${longer(now)} epochs`, { epochs: longer(now) }));
  }
  return found;
}

/** Dropout, a stronger L2 penalty, fewer units, an earlier stop. */
function forOverFitting(now: MlpHyperparameters, change: Change): Treatment[] {
  const dropout = Math.min(0.5, Math.round((now.dropout + 0.25) * 100) / 100);
  const l2 = Math.max(1e-3, now.l2 * 10);
  const smaller = now.hiddenLayers.map((units) => Math.max(4, Math.round(units / 2)));
  const patience = Math.max(SHORTEST_PATIENCE, Math.floor((now.patience ?? 20) / 2));
  return [
    change(`dropout ${now.dropout} → ${dropout}, L2 ${show(now.l2)} → ${show(l2)}`, {
      dropout,
      l2,
      patience: now.patience ?? 20,
    }),
    change(`smaller: ${list(now.hiddenLayers)} → ${list(smaller)}`, { hiddenLayers: smaller }),
    change(`stop earlier: patience ${now.patience ?? 'none'} → ${patience}`, { patience }),
  ];
}

function forRidge(diagnosis: Diagnosis, { alpha }: RidgeHyperparameters): Treatment[] {
  const set = (to: number): Treatment => ({
    action: `penalty α ${show(alpha)} → ${show(to)}`,
    hyperparameters: { alpha: to },
  });
  if (diagnosis === 'over-fitting') return [set(alpha * 10), set(alpha * 100)];
  if (diagnosis === 'under-fitting' && alpha > 1e-3) return [set(alpha / 10)];
  return [];
}

function forLogistic(diagnosis: Diagnosis, now: LogisticHyperparameters): Treatment[] {
  const set = (to: number): Treatment => ({
    action: `inverse penalty C ${show(now.c)} → ${show(to)}`,
    hyperparameters: { ...now, c: to },
  });
  if (diagnosis === 'over-fitting') return [set(now.c / 10), set(now.c / 100)];
  if (diagnosis === 'under-fitting' && now.c < 1e3) return [set(now.c * 10)];
  return [];
}

const longer = ({ epochs }: MlpHyperparameters): number => Math.min(MOST_EPOCHS, epochs * 3);
const list = (layers: readonly number[]): string => layers.join(', ');
const show = (value: number): string => String(Number(value.toPrecision(3)));
