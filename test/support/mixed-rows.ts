import { RandomStream } from '../../src/ml/random.ts';
import type { RecordLayout } from '../../src/schemas/prepared-data.ts';
import { MemoryRows } from './memory-rows.ts';

/** Two numbers, of which the second is often missing, and categories of 3 and of 70 levels. */
const LAYOUT: RecordLayout = { numeric: 2, categories: [3, 70], imputed: [0, 0.3] };

export interface MixedRow {
  readonly number: number;
  /** NaN where it is missing. */
  readonly gap: number;
  /** NaN where it has no place. */
  readonly few: number;
  readonly many: number;
}

/** Rows of numbers and category codes, and a target made of them and of standard normal noise. */
export function mixedRows(
  rows: number,
  seed: number,
  target: (row: MixedRow, noise: () => number) => number,
): MemoryRows {
  const random = new RandomStream(seed, 'test-mixed');
  const drawn = Array.from({ length: rows }, (): MixedRow => {
    const number = Math.fround(random.normal());
    const gap = random.uniform() < 0.3 ? Number.NaN : Math.fround(random.normal());
    const few = random.uniform() < 0.1 ? Number.NaN : random.below(3);
    return { number, gap, few, many: random.below(70) };
  });
  const features = Float32Array.from(
    drawn.flatMap(({ number, gap, few, many }) => [number, gap, few, many]),
  );
  const targets = Float64Array.from(drawn, (row) => target(row, () => random.normal()));
  return new MemoryRows(4, features, targets, LAYOUT);
}
