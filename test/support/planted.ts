import { RandomStream } from '../../src/ml/random.ts';
import { MemoryRows } from './memory-rows.ts';

interface Planted {
  readonly rows: number;
  readonly width: number;
  readonly seed: number;
  /** Target of a row: a value, or the index of a class. */
  readonly target: (x: readonly number[], noise: () => number) => number;
}

/** Rows of standard normal features, and a target made of them and of standard normal noise. */
export function plant({ rows, width, seed, target }: Planted): MemoryRows {
  const random = new RandomStream(seed, 'test-planted');
  return MemoryRows.of(
    Array.from({ length: rows }, () => {
      // Rounded to float32 first, so that the target is of the features that the model sees.
      const x = Array.from({ length: width }, () => Math.fround(random.normal()));
      return [x, target(x, () => random.normal())] as const;
    }),
  );
}
