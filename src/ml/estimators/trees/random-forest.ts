import { RandomForestHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { SearchSpace } from '../../../schemas/study.ts';
import type { Estimator, ShapeToSearch, TrainingSetup } from '../estimator.ts';
import { balancedWeights } from '../network/batch-targets.ts';
import { bootstrapRows } from './sample-rows.ts';
import { forestLoss } from './tree-loss.ts';
import { categoryParameters, columnsOf } from './tree-parameters.ts';
import { treePredictor } from './tree-predictor.ts';
import { type TreePlan, TreeTraining } from './tree-training.ts';

/**
 * Random forest (Breiman 2001): deep trees on bootstrap samples, each split among a random part of
 * the columns; their leaves' means are averaged. Grown on binned columns by LightGBM.
 */
export const randomForest: Estimator<RandomForestHyperparameters> = {
  name: 'randomForest',
  codeVersion: 2,
  tasks: ['regression', 'binary', 'multiclass'],
  requires: 'lightgbm',
  hyperparameters: RandomForestHyperparameters,
  space,
  init: (setup) => TreeTraining.open(planOf(setup), setup),
  restore: (setup, state) => TreeTraining.open(planOf(setup), setup, state),
  load: async (shape, _hyperparameters, weights) =>
    treePredictor(forestLoss(shape), shape, weights, false),
};

/** A tree's splits are chosen among so many times the columns of one split, where there are more. */
const COLUMNS_OF_TREE = 8;

function planOf({ hyperparameters: h, shape, data, seed }: Setup): TreePlan {
  const columns = columnsOf(shape);
  // As is usual: a third of the columns for regression, the square root of their number for classes.
  const share = h.columnShare ?? (shape.classes === 0 ? 1 / 3 : Math.sqrt(columns) / columns);
  // A tree takes as long as the columns that it sees are many.
  const shareOfTree = Math.min(1, COLUMNS_OF_TREE * share);
  return {
    iterations: h.trees,
    earlyStopping: null,
    learningRate: null,
    isBoosted: false,
    loss: forestLoss(shape),
    classWeights: h.classWeights === 'balanced' ? balancedWeights(shape.classCounts) : undefined,
    parameters: {
      learning_rate: 1,
      num_leaves: Math.max(2, Math.min(h.leaves, data.rows)),
      max_depth: h.maxDepth ?? -1,
      min_data_in_leaf: h.minRowsPerLeaf,
      // The sum of a leaf's weights: rows that are not in the sample don't make a leaf.
      min_sum_hessian_in_leaf: h.minRowsPerLeaf * 0.5,
      feature_fraction: shareOfTree,
      feature_fraction_bynode: share / shareOfTree,
      max_bin: h.maxBins,
      ...categoryParameters(data.rows, h.categorySmoothing),
    },
    sample: (rows, iteration) => bootstrapRows(rows, seed, iteration),
  };
}

type Setup = TrainingSetup<RandomForestHyperparameters>;

function space(_shape: ShapeToSearch, rows: number): SearchSpace {
  return {
    columnShare: { kind: 'float', low: 0.15, high: 1, log: false },
    minRowsPerLeaf: { kind: 'int', low: 1, high: rows < 2000 ? 15 : 40, log: true },
    leaves: { kind: 'choice', options: [64, 256, 1024] },
  };
}
