import { RandomStream } from '../../src/ml/random.ts';
import type { Task } from '../../src/schemas/problem.ts';
import { MemoryRows, numbersOnly } from './memory-rows.ts';

export interface SampleOptions {
  readonly task: Task;
  readonly rows: number;
  readonly width: number;
  readonly seed?: number;
  /** The last so many features are terms of texts: most are 0, none is less. */
  readonly terms?: number;
}

/** Normal features, and a target that is a linear function of them with noise, cut into classes. */
export function sampleRows({ task, rows, width, seed = 1, terms = 0 }: SampleOptions): MemoryRows {
  const random = new RandomStream(seed, 'test-sample');
  const features = Float32Array.from({ length: rows * width }, (_, i) => {
    const value = random.normal();
    return i % width < width - terms ? value : Math.max(0, value - 1);
  });
  const targets = Float64Array.from({ length: rows }, (_, row) => {
    let value = 0.3 + 0.5 * random.normal();
    for (let i = 0; i < width; i++) {
      value += (((i % 3) - 1) * (features[row * width + i] as number)) / Math.sqrt(width);
    }
    if (task === 'regression') return value;
    if (task === 'binary') return value > 0 ? 1 : 0;
    return value < -0.4 ? 0 : value < 0.8 ? 1 : 2;
  });
  const layout = { ...numbersOnly(width), ...(terms > 0 && { terms }) };
  return new MemoryRows(width, features, targets, layout);
}
