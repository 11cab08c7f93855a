import { TreeGrower } from '../ml/lightgbm/tree-grower.ts';
import type { TrainingData } from '../ml/training/training-data.ts';

/** Forty rows, of which the first half is below 0 and wants −1, the other 1. */
const side = Float32Array.from({ length: 40 }, (_, row) => (row < 20 ? -1 : 1));
const data: TrainingData = {
  rows: side.length,
  width: 1,
  layout: { numeric: 1, categories: [], imputed: [0] },
  encodedAs: () => data,
  async *batches() {
    yield { rows: side.length, features: side, targets: Float64Array.from(side) };
  },
};

const parameters = { learning_rate: 1, min_data_in_leaf: 1 };
const grower = await TreeGrower.open({ data, outputs: 1, parameters });
const [tree] = grower.grow(
  side.map((wanted) => -wanted),
  new Float32Array(40).fill(1),
  0,
);
grower.dispose();
const values = [...(tree?.value ?? [])].join();
if (values !== '-1,1') throw new Error(`a tree of two leaves came out as ${values}`);
