import type { PoolOptions } from '../../src/workers/compute/compute-pool.ts';

/** Options of a task that nobody stops, or hears of. */
export const poolOptions = (lineage: string, more: Partial<PoolOptions> = {}): PoolOptions => ({
  lineage,
  extend: [],
  signal: new AbortController().signal,
  memoryBytes: undefined,
  alone: false,
  onProgress: () => undefined,
  onMemory: () => undefined,
  ...more,
});
