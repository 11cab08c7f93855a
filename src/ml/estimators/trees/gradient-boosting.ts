import { GradientBoostingHyperparameters } from '../../../schemas/hyperparameters.ts';
import type { SearchSpace } from '../../../schemas/study.ts';
import type { Estimator, ShapeToSearch, TrainingSetup } from '../estimator.ts';
import { balancedWeights } from '../network/batch-targets.ts';
import { sampleRows } from './sample-rows.ts';
import { boostingLoss } from './tree-loss.ts';
import { categoryParameters, columnsOf } from './tree-parameters.ts';
import { treePredictor } from './tree-predictor.ts';
import { type TreePlan, TreeTraining } from './tree-training.ts';

/** Gradient-boosted trees (Friedman 2001), grown leaf by leaf on binned columns by LightGBM. */
export const gradientBoosting: Estimator<GradientBoostingHyperparameters> = {
  name: 'gradientBoosting',
  codeVersion: 2,
  tasks: ['regression', 'binary', 'multiclass'],
  requires: 'lightgbm',
  hyperparameters: GradientBoostingHyperparameters,
  space,
  init: (setup) => TreeTraining.open(planOf(setup), setup),
  restore: (setup, state) => TreeTraining.open(planOf(setup), setup, state),
  load: async (shape, _hyperparameters, weights) =>
    treePredictor(boostingLoss(shape), shape, weights, true),
};

/** Of more columns each tree sees so many, unless a share is asked for. */
const USUAL_COLUMNS = 200;

function planOf({ hyperparameters: h, shape, data, seed }: Setup): TreePlan {
  return {
    iterations: h.trees,
    earlyStopping: { patience: h.patience },
    learningRate: h.learningRate,
    isBoosted: true,
    loss: boostingLoss(shape),
    classWeights: h.classWeights === 'balanced' ? balancedWeights(shape.classCounts) : undefined,
    parameters: {
      learning_rate: h.learningRate,
      num_leaves: h.leaves,
      max_depth: h.maxDepth ?? -1,
      min_data_in_leaf: h.minRowsPerLeaf,
      lambda_l1: h.l1,
      lambda_l2: h.l2,
      min_gain_to_split: h.minGain,
      feature_fraction: h.columnShare ?? Math.min(1, USUAL_COLUMNS / columnsOf(shape)),
      max_bin: h.maxBins,
      ...categoryParameters(data.rows, h.categorySmoothing),
    },
    sample: (rows, iteration) =>
      h.rowShare === 1 ? undefined : sampleRows(rows, h.rowShare, seed, iteration),
  };
}

type Setup = TrainingSetup<GradientBoostingHyperparameters>;

function space(_shape: ShapeToSearch, rows: number): SearchSpace {
  return {
    learningRate: { kind: 'float', low: 0.015, high: 0.2, log: true },
    leaves: { kind: 'int', low: 4, high: rows < 2000 ? 32 : 128, log: true },
    minRowsPerLeaf: { kind: 'int', low: 2, high: rows < 2000 ? 30 : 100, log: true },
    rowShare: { kind: 'float', low: 0.5, high: 1, log: false },
    columnShare: { kind: 'float', low: 0.4, high: 1, log: false },
    l1: { kind: 'choice', options: [0, 0, 0.1, 1] },
    l2: { kind: 'float', low: 1e-3, high: 30, log: true },
  };
}
