import { CATEGORICAL, MISSING_LEFT, MISSING_RIGHT, type Tree } from '../../src/ml/lightgbm/tree.ts';
import type { RandomStream } from '../../src/ml/random.ts';
import type { RecordLayout } from '../../src/schemas/prepared-data.ts';

/** A tree with so many leaves, each of another value, whose thresholds are no float32. */
export function randomTree(stream: RandomStream, layout: RecordLayout, leaves: number): Tree {
  const { numeric, categories } = layout;
  const splits = leaves - 1;
  const sets: number[] = [];
  const feature: number[] = [];
  const threshold: number[] = [];
  const kind: number[] = [];
  for (let node = 0; node < splits; node++) {
    const column = stream.below(numeric + categories.length);
    feature.push(column);
    if (column < numeric) {
      threshold.push(stream.normal());
      kind.push(stream.uniform() < 0.5 ? MISSING_LEFT : MISSING_RIGHT);
    } else {
      const words = Math.ceil((categories[column - numeric] as number) / 32);
      threshold.push(sets.length);
      kind.push(CATEGORICAL);
      sets.push(words, ...Array.from({ length: words }, () => stream.uint32() | 0));
    }
  }
  // As a heap: the children of node i are 2i + 1 and 2i + 2, leaves where there is no such split.
  const child = (at: number) => (at < splits ? at : -1 - (at - splits));
  return {
    feature: Int32Array.from(feature),
    threshold: Float64Array.from(threshold),
    kind: Int32Array.from(kind),
    left: Int32Array.from(feature, (_, node) => child(2 * node + 1)),
    right: Int32Array.from(feature, (_, node) => child(2 * node + 2)),
    value: Float64Array.from({ length: leaves }, (_, leaf) => leaf + 0.1),
    sets: Int32Array.from(sets),
  };
}
