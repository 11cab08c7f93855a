import type { TargetScale } from '../../schemas/prepared-data.ts';
import type { Task } from '../../schemas/problem.ts';
import { unscaleTarget } from '../data/target-scale.ts';
import type { Predictor } from '../estimators/estimator.ts';
import type { TrainingData } from './training-data.ts';

const BATCH_ROWS = 1024;

/**
 * Outputs for all rows, in order: original units [rows] for regression, else probabilities
 * [rows, classes].
 */
export async function predictAll(
  predictor: Predictor,
  data: TrainingData,
  targetScale: TargetScale,
  task: Task,
): Promise<Float64Array> {
  const outputs = await predictRaw(predictor, data);
  return task === 'regression'
    ? outputs.map((value) => unscaleTarget(value, targetScale))
    : outputs;
}

/** Outputs as the model gives them: scaled for regression. */
export async function predictRaw(predictor: Predictor, data: TrainingData): Promise<Float64Array> {
  let outputs: Float64Array | undefined;
  let row = 0;
  const encoded = data.encodedAs(predictor.encoding);
  for await (const { rows, features } of encoded.batches(BATCH_ROWS)) {
    const batch = predictor.predict(features, rows);
    const perRow = batch.length / rows;
    outputs ??= new Float64Array(data.rows * perRow);
    outputs.set(batch, row * perRow);
    row += rows;
  }
  return outputs ?? new Float64Array();
}

/** Targets of all rows, in order, as the model sees them: scaled, or the index of the class. */
export async function collectTargets(data: TrainingData): Promise<Float64Array> {
  const all = new Float64Array(data.rows);
  let row = 0;
  for await (const { rows, targets } of data.batches(BATCH_ROWS)) {
    all.set(targets, row);
    row += rows;
  }
  return all;
}
