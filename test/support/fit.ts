import { estimatorFor, parseHyperparameters } from '../../src/ml/estimators/index.ts';
import type { Weights } from '../../src/ml/weights.ts';
import type { EstimatorName, Hyperparameters } from '../../src/schemas/hyperparameters.ts';
import type { MemoryRows } from './memory-rows.ts';

interface FitOptions {
  readonly hyperparameters?: Hyperparameters;
  /** Number of classes; 0 for regression. */
  readonly classes?: number;
  readonly seed?: number;
  /** Fewer slices than the training would take. */
  readonly slices?: number;
}

/** Weights of an estimator that is trained to its end, with nothing to stop it earlier. */
export async function fit(
  name: EstimatorName,
  data: MemoryRows,
  options: FitOptions = {},
): Promise<Weights> {
  const { classes = 0, seed = 0, slices = Number.POSITIVE_INFINITY } = options;
  const estimator = estimatorFor(name);
  const task = classes === 0 ? 'regression' : classes === 2 ? 'binary' : 'multiclass';
  const training = await estimator.init({
    shape: {
      task,
      layout: data.layout,
      width: data.width,
      classes,
      classCounts: data.classCounts(classes),
    },
    hyperparameters: parseHyperparameters(estimator, options.hyperparameters ?? {}),
    data,
    seed,
  });
  try {
    let done = false;
    for (let slice = 0; slice < slices && !done; slice++) ({ done } = await training.step());
    return training.weights();
  } finally {
    training.dispose();
  }
}

/** Values of the array of this name. */
export function valuesOf(weights: Weights, name: string): number[] {
  const found = weights.find((array) => array.name === name);
  if (found === undefined) throw new RangeError(`There is no array '${name}'.`);
  return [...found.values];
}
