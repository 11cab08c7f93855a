import type { Hyperparameters } from '../../schemas/hyperparameters.ts';
import type { SearchSpace } from '../../schemas/study.ts';

/** Proposes hyperparameters for the trials of a study. */
export interface Sampler {
  /** What trial `number` (from 0) shall try; it depends on the seed and the number alone. */
  propose(space: SearchSpace, number: number): Hyperparameters;
}
