import type { EstimatorName } from '../../schemas/hyperparameters.ts';
import type { Task } from '../../schemas/problem.ts';
import { isLightGbmThere, whyNoLightGbm } from '../lightgbm/release.ts';
import { cnn } from './cnn/cnn.ts';
import { elasticNet, lasso } from './elastic-net.ts';
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

/** Every kind of model, simplest first. */
export const estimators: Readonly<Record<EstimatorName, Estimator>> = {
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

export const estimatorFor = (name: EstimatorName): Estimator => estimators[name];

/** Estimators that suit a problem, simplest first. */
export const estimatorsFor = (task: Task, hasImages: boolean): EstimatorName[] =>
  Object.values(estimators)
    .filter(({ tasks, needsImages }) => tasks.includes(task) && (hasImages || !needsImages))
    .map(({ name }) => name);

/** What this machine lacks for training an estimator; null where it lacks nothing. */
export const whatIsMissing = (name: EstimatorName): string | null =>
  estimators[name].requires !== 'lightgbm' || isLightGbmThere()
    ? null
    : `it needs LightGBM (${whyNoLightGbm()}): npm run setup`;
