import { calibrate, calibratedPredictor } from '../ml/calibration/calibrate.ts';
import { unscaleTarget } from '../ml/data/target-scale.ts';
import { calibrationBins } from '../ml/insights/calibration.ts';
import { precisionRecallCurves, rocCurves } from '../ml/insights/class-curves.ts';
import {
  columnImportance,
  importanceRows,
  type Predict,
  type Sample,
} from '../ml/insights/importance.ts';
import { placesOfColumns } from '../ml/insights/input-columns.ts';
import { describeError, worstRows } from '../ml/insights/notable-errors.ts';
import { decidedBy } from '../ml/metrics/decide.ts';
import { RandomStream } from '../ml/random.ts';
import type { TrainingData } from '../ml/training/training-data.ts';
import { type Candidate, EnsembleHyperparameters } from '../schemas/hyperparameters.ts';
import { Insights } from '../schemas/insights.ts';
import { Transform } from '../schemas/transform.ts';
import { putJson, readJson } from '../stores/json-artifact.ts';
import type { Task } from './compute-task.ts';
import { loadPredictor } from './load-predictor.ts';
import { openParts, readPrepared } from './prepared-rows.ts';
import { ShardPredictions } from './shard-predictions.ts';

const BATCH_ROWS = 1024;
/** Points of a scatter plot. */
const MOST_POINTS = 500;

/** Looks at what a model does with the test rows: curves, importance of columns, worst errors. */
export const explainModel: Task<'explain'> = async (
  { prepared: ref, model, calibration, decision, seed },
  context,
) => {
  const { artifacts } = context.stores;
  const prepared = await readPrepared(artifacts, ref);
  const { targetScale } = prepared;
  const problem = decidedBy(prepared.problem, { calibration, decision });
  const transform = Transform.parse(await readJson(artifacts, prepared.transform));
  const rows = await openParts(artifacts, prepared, ['test']);
  const truth = await rows.originalTargets();
  const load = () => loadPredictor(artifacts, prepared, model);
  const predictions = await ShardPredictions.open(context);
  const own = await predictions.predict('model', load, prepared, 'test');
  const outputs = calibration === undefined ? own : calibrate(own, calibration);
  const told = { problem, truth, outputs };
  const worst = worstRows(told);
  const predictor = calibratedPredictor(await load(), calibration);
  const { encoding } = predictor;
  const predict: Predict = (batch, count) => {
    const raw = predictor.predict(batch, count);
    return problem.task === 'regression'
      ? raw.map((value) => unscaleTarget(value, targetScale))
      : raw;
  };
  try {
    const encoded = rows.encodedAs(encoding);
    const columns = placesOfColumns(transform, encoding);
    const members = membersOf(model.candidate);
    const sampled = sample(rows.rows, importanceRows(columns.length, members), seed);
    const features = await pickRows(encoded, [...sampled, ...worst]);
    const isRegression = problem.task === 'regression';
    const insights: Insights = {
      schemaVersion: 1,
      sampledRows: sampled.length,
      roc: isRegression ? [] : rocCurves(told),
      precisionRecall: isRegression ? [] : precisionRecallCurves(told),
      calibration: isRegression ? [] : calibrationBins(told),
      uncalibrated:
        calibration === undefined
          ? []
          : calibrationBins({ problem: prepared.problem, truth, outputs: own }),
      predictions: isRegression
        ? sample(rows.rows, MOST_POINTS, seed).map((row) => ({
            x: truth[row] as number,
            y: outputs[row] as number,
          }))
        : [],
      importance: columnImportance(
        problem,
        columns,
        toSample(sampled, truth, features, encoded.width),
        { predict, members },
        seed,
      ),
      errors: worst.map((row) =>
        describeError(told, row, features.get(row) as Float32Array, transform, encoding),
      ),
    };
    return { insights: await putJson(artifacts, Insights.parse(insights)) };
  } finally {
    predictor.dispose();
  }
};

const membersOf = ({ estimator, hyperparameters }: Candidate): number =>
  estimator === 'ensemble' ? EnsembleHyperparameters.parse(hyperparameters).members.length : 1;

/** So many rows of all, or all of them; in order. */
function sample(rows: number, most: number, seed: number): number[] {
  if (rows <= most) return Array.from({ length: rows }, (_, row) => row);
  const drawn = new RandomStream(seed, 'explain/rows').permutation(rows).subarray(0, most);
  return [...drawn].sort((a, b) => a - b);
}

/** Features [width] of some rows, by row. */
async function pickRows(
  data: TrainingData,
  wanted: readonly number[],
): Promise<Map<number, Float32Array>> {
  const left = new Set(wanted);
  const picked = new Map<number, Float32Array>();
  let start = 0;
  for await (const { rows, features } of data.batches(BATCH_ROWS)) {
    for (let i = 0; i < rows; i++) {
      if (!left.has(start + i)) continue;
      picked.set(start + i, features.slice(i * data.width, (i + 1) * data.width));
    }
    start += rows;
  }
  return picked;
}

function toSample(
  sampled: readonly number[],
  truth: Float64Array,
  features: ReadonlyMap<number, Float32Array>,
  width: number,
): Sample {
  const dense = new Float32Array(sampled.length * width);
  sampled.forEach((row, i) => dense.set(features.get(row) as Float32Array, i * width));
  return {
    ...{ rows: sampled.length, width, features: dense },
    truth: Float64Array.from(sampled, (row) => truth[row] as number),
  };
}
