import type { EstimatorName } from '../../schemas/hyperparameters.ts';
import type { Task } from '../../schemas/problem.ts';
import { cnn } from './cnn/cnn.ts';
import type { Estimator } from './estimator.ts';
import { linear } from './linear.ts';
import { logistic } from './logistic/logistic.ts';
import { mlp } from './mlp/mlp.ts';
import { ridge } from './ridge.ts';

export { parseHyperparameters } from './parse-hyperparameters.ts';

/** Every kind of model, simplest first. */
export const estimators: Readonly<Record<EstimatorName, Estimator>> = {
  linear: linear,
  ridge: ridge,
  logistic: logistic,
  mlp: mlp,
  cnn: cnn,
};

export const estimatorFor = (name: EstimatorName): Estimator => estimators[name];

/** Estimators that suit a problem, simplest first. */
export const estimatorsFor = (task: Task, hasImages: boolean): EstimatorName[] =>
  Object.values(estimators)
    .filter(({ tasks, needsImages }) => tasks.includes(task) && (hasImages || !needsImages))
    .map(({ name }) => name);
