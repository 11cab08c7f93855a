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

async function probe(): Promise<void> {
  const parameters = { learning_rate: 1, min_data_in_leaf: 1 };
  const grower = await TreeGrower.open({ data, outputs: 1, parameters });
  const gradients = side.map((wanted) => -wanted);
  const [tree] = grower.grow(gradients, new Float32Array(side.length).fill(1), 0);
  grower.dispose();
  const values = [...(tree?.value ?? [])].join();
  if (values !== '-1,1') throw new Error(`a tree of two leaves came out as ${values}`);
}

// One line for whoever asked, instead of a stack.
await probe().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
