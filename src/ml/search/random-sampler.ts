import type { Hyperparameters } from '../../schemas/hyperparameters.ts';
import type { Dimension, SearchSpace } from '../../schemas/study.ts';
import { RandomStream } from '../random.ts';
import type { Sampler } from './sampler.ts';

/** Random search (Bergstra and Bengio 2012): each trial drawn by itself, whatever came of others. */
export class RandomSampler implements Sampler {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  propose(space: SearchSpace, number: number): Hyperparameters {
    const names = Object.keys(space).sort();
    return Object.fromEntries(
      names.map((name) => {
        // A stream for each name, so that a new dimension leaves the draws of the others alone.
        const random = new RandomStream(this.#seed, `trial/${name}`, [number]);
        return [name, draw(space[name] as Dimension, random)];
      }),
    );
  }
}

function draw(dimension: Dimension, random: RandomStream): unknown {
  switch (dimension.kind) {
    case 'choice':
      return dimension.options[random.below(dimension.options.length)];
    case 'float':
      return between(dimension.low, dimension.high, dimension.log, random.uniform());
    case 'int': {
      // Each whole number owns the interval of width one around it.
      const { low, high, log } = dimension;
      const value = between(low - 0.5, high + 0.5, log, random.uniform());
      return Math.min(high, Math.max(low, Math.round(value)));
    }
  }
}

function between(low: number, high: number, log: boolean, u: number): number {
  if (!log) return low + u * (high - low);
  return Math.exp(Math.log(low) + u * (Math.log(high) - Math.log(low)));
}
