import type {
  ElasticNetHyperparameters,
  LassoHyperparameters,
  LogisticHyperparameters,
  RidgeHyperparameters,
} from '../../schemas/hyperparameters.ts';
import type { Diagnosis } from '../../schemas/round.ts';
import { show, type Treatment } from './treatment.ts';

const LEAST_PENALTY = 0.1;

export function forRidge(diagnosis: Diagnosis, { alpha }: RidgeHyperparameters): Treatment[] {
  const set = (to: number): Treatment => ({
    action: `penalty α ${show(alpha)} → ${show(to)}`,
    hyperparameters: { alpha: to },
  });
  const stronger = Math.max(LEAST_PENALTY, alpha * 10);
  if (diagnosis === 'over-fitting') return [set(stronger), set(stronger * 10)];
  if (diagnosis === 'under-fitting' && alpha > 1e-3) return [set(alpha / 10)];
  return [];
}

export function forLogistic(diagnosis: Diagnosis, now: LogisticHyperparameters): Treatment[] {
  const set = (to: number): Treatment => ({
    action: `inverse penalty C ${show(now.c)} → ${show(to)}`,
    hyperparameters: { ...now, c: to },
  });
  if (diagnosis === 'over-fitting') return [set(now.c / 10), set(now.c / 100)];
  if (diagnosis === 'under-fitting' && now.c < 1e3) return [set(now.c * 10)];
  return [];
}

/** Lasso and elastic net: their penalty is a mean over the rows. */
export function forSparse(
  diagnosis: Diagnosis,
  now: LassoHyperparameters | ElasticNetHyperparameters,
): Treatment[] {
  const set = (to: number): Treatment => ({
    action: `penalty α ${show(now.alpha)} → ${show(to)}`,
    hyperparameters: { ...now, alpha: to },
  });
  if (diagnosis === 'over-fitting') return [set(now.alpha * 3), set(now.alpha * 10)];
  if (diagnosis === 'under-fitting' && now.alpha > 1e-6) return [set(now.alpha / 10)];
  return [];
}
