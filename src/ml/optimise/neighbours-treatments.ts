import type { NearestNeighboursHyperparameters } from '../../schemas/hyperparameters.ts';
import type { Diagnosis } from '../../schemas/round.ts';
import type { Treatment } from './treatment.ts';

/** Few neighbours follow the noise, many blur what there is. */
export function forNeighbours(
  diagnosis: Diagnosis,
  now: NearestNeighboursHyperparameters,
): Treatment[] {
  const { neighbours } = now;
  const set = (to: number): Treatment => ({
    action: `neighbours ${neighbours} → ${to}`,
    hyperparameters: { ...now, neighbours: to },
  });
  if (diagnosis === 'over-fitting') return [set(neighbours * 3), set(neighbours * 10)];
  if (diagnosis === 'under-fitting' && neighbours > 1) return [set(Math.ceil(neighbours / 4))];
  return [];
}
