import { RandomStream } from '../../src/ml/random.ts';
import type { Task } from '../../src/schemas/problem.ts';
import { MemoryRows } from './memory-rows.ts';

export interface SampleOptions {
  readonly task: Task;
  readonly rows: number;
  readonly width: number;
  readonly seed?: number;
}

/** Normal features, and a target that is a linear function of them with noise, cut into classes. */
export function sampleRows({ task, rows, width, seed = 1 }: SampleOptions): MemoryRows {
  const random = new RandomStream(seed, 'test-sample');
  const features = Float32Array.from({ length: rows * width }, () => random.normal());
  const targets = Float64Array.from({ length: rows }, (_, row) => {
    let value = 0.3 + 0.5 * random.normal();
    for (let i = 0; i < width; i++) {
      value += (((i % 3) - 1) * (features[row * width + i] as number)) / Math.sqrt(width);
    }
    if (task === 'regression') return value;
    if (task === 'binary') return value > 0 ? 1 : 0;
    return value < -0.4 ? 0 : value < 0.8 ? 1 : 2;
  });
  return new MemoryRows(width, features, targets);
}
