import { type Tree, valueOf } from '../../lightgbm/tree.ts';
import type { TrainingData } from '../../training/training-data.ts';
import type { Weights } from '../../weights.ts';
import type { Predictor, ProblemShape } from '../estimator.ts';
import type { TreeLoss } from './tree-loss.ts';
import { fromWeights, type TreeEnsemble } from './tree-weights.ts';

const BATCH_ROWS = 4096;

/** Walks the trees in float64, row by row, so that neighbours can't matter; needs no library. */
export function treePredictor(
  loss: TreeLoss,
  shape: ProblemShape,
  weights: Weights,
  isBoosted: boolean,
): Predictor {
  const ensemble = fromWeights(weights);
  const width = shape.layout.numeric + shape.layout.categories.length;
  return {
    encoding: 'codes',
    predict(features, rows) {
      const sums = new Float64Array(rows * loss.outputs);
      addTrees(ensemble.trees, 0, features, width, sums, loss.outputs);
      return finishOutputs(loss, ensemble, isBoosted, sums);
    },
    dispose() {},
  };
}

/** Sums of trees for all rows of one part of the data, kept while the ensemble grows. */
export class TreeSums {
  readonly #data: TrainingData;
  readonly #outputs: number;
  readonly #sums: Float64Array;
  #trees = 0;

  constructor(data: TrainingData, base: Float64Array) {
    this.#data = data.encodedAs('codes');
    this.#outputs = base.length;
    this.#sums = new Float64Array(data.rows * base.length);
  }

  /** [rows, outputs] after all of `trees`, of which the first are those of the call before. */
  async after(trees: readonly Tree[]): Promise<Float64Array> {
    if (trees.length > this.#trees) {
      let row = 0;
      for await (const { features, rows } of this.#data.batches(BATCH_ROWS)) {
        const sums = this.#sums.subarray(row * this.#outputs, (row + rows) * this.#outputs);
        addTrees(trees, this.#trees, features, this.#data.width, sums, this.#outputs);
        row += rows;
      }
      this.#trees = trees.length;
    }
    return this.#sums;
  }
}

/** Adds the trees from `first` on to the sums [rows, outputs] of these rows, in their order. */
function addTrees(
  trees: readonly Tree[],
  first: number,
  features: Float32Array,
  width: number,
  sums: Float64Array,
  outputs: number,
): void {
  const rows = sums.length / outputs;
  for (let index = first; index < trees.length; index++) {
    const tree = trees[index] as Tree;
    const output = index % outputs;
    for (let row = 0; row < rows; row++) {
      const at = row * outputs + output;
      sums[at] = (sums[at] as number) + valueOf(tree, features, row * width);
    }
  }
}

/** Sums [rows, outputs] to outputs: values [rows], or probabilities [rows, classes]. */
export function finishOutputs(
  loss: TreeLoss,
  { base, trees }: TreeEnsemble,
  isBoosted: boolean,
  sums: Float64Array,
): Float64Array {
  const rows = sums.length / loss.outputs;
  const share = isBoosted ? 1 : loss.outputs / Math.max(loss.outputs, trees.length);
  const perRow = loss.perRow;
  const result = new Float64Array(rows * perRow);
  const scores = new Float64Array(loss.outputs);
  for (let row = 0; row < rows; row++) {
    for (let output = 0; output < loss.outputs; output++) {
      const sum = sums[row * loss.outputs + output] as number;
      scores[output] = (base[output] as number) + sum * share;
    }
    loss.finish(scores, result.subarray(row * perRow, (row + 1) * perRow));
  }
  return result;
}
