import type { EstimatorName, SingleEstimatorName } from '../../schemas/hyperparameters.ts';
import type { Task } from '../../schemas/problem.ts';
import { isLightGbmThere, whyNoLightGbm } from '../lightgbm/release.ts';
import { cnn } from './cnn/cnn.ts';
import { elasticNet, lasso } from './elastic-net.ts';
import { ensembleOf } from './ensemble/ensemble.ts';
import type { Estimator } from './estimator.ts';
import { linear } from './linear.ts';
import { logistic } from './logistic/logistic.ts';
import { mlp } from './mlp/mlp.ts';
import { naiveBayes } from './naive-bayes/naive-bayes.ts';
import { nearestNeighbours } from './nearest-neighbours/nearest-neighbours.ts';
import { ridge } from './ridge.ts';
import { gradientBoosting } from './trees/gradient-boosting.ts';
import { randomForest } from './trees/random-forest.ts';

export { parseHyperparameters } from './parse-hyperparameters.ts';

/** Those that are not made of others, simplest first. */
const single: Readonly<Record<SingleEstimatorName, Estimator>> = {
  linear: linear,
  ridge: ridge,
  lasso: lasso,
  elasticNet: elasticNet,
  logistic: logistic,
  naiveBayes: naiveBayes,
  nearestNeighbours: nearestNeighbours,
  randomForest: randomForest,
  gradientBoosting: gradientBoosting,
  mlp: mlp,
  cnn: cnn,
};

/** Every kind of model. */
export const estimators: Readonly<Record<EstimatorName, Estimator>> = {
  ...single,
  ensemble: ensembleOf((name) => single[name]),
};

export const estimatorFor = (name: EstimatorName): Estimator => estimators[name];

/** Estimators that suit a problem, simplest first. */
export const estimatorsFor = (task: Task, hasImages: boolean): SingleEstimatorName[] =>
  (Object.keys(single) as SingleEstimatorName[]).filter((name) => {
    const { tasks, needsImages } = single[name];
    return tasks.includes(task) && (hasImages || !needsImages);
  });

/** What this machine lacks for training an estimator; null where it lacks nothing. */
export const whatIsMissing = (name: EstimatorName): string | null =>
  estimators[name].requires !== 'lightgbm' || isLightGbmThere()
    ? null
    : `it needs LightGBM (${whyNoLightGbm()}): npm run setup`;
