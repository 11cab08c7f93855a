import { estimatorFor } from '../ml/estimators/index.ts';
import { evaluatePredictions } from '../ml/metrics/evaluate.ts';
import { trivialOutputs } from '../ml/metrics/trivial.ts';
import { predictAll } from '../ml/training/predict-all.ts';
import type { TrainingData } from '../ml/training/training-data.ts';
import { decodeWeights } from '../ml/weights.ts';
import { Evaluation } from '../schemas/evaluation.ts';
import type { PreparedData } from '../schemas/prepared-data.ts';
import type { TrainingOutcome } from '../schemas/training.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { putJson } from '../stores/json-artifact.ts';
import type { Task } from './compute-task.ts';
import { openParts, readPrepared, shapeOf } from './prepared-rows.ts';

/** Scores a model on one part of the data, beside the trivial model and the linear one. */
export const evaluateModel: Task<'evaluate'> = async (
  { prepared: ref, model, reference, part, seed },
  { stores: { artifacts } },
) => {
  const prepared = await readPrepared(artifacts, ref);
  const { problem } = prepared;
  const rows = await openParts(artifacts, prepared, [part]);
  const fit = await openParts(artifacts, prepared, ['fit']);
  const evaluation = Evaluation.parse(
    evaluatePredictions({
      problem,
      part,
      truth: await rows.originalTargets(),
      outputs: await outputsOf(artifacts, prepared, model, rows),
      baselines: [
        {
          name: 'trivial',
          outputs: trivialOutputs(problem, await fit.originalTargets(), rows.rows),
        },
        {
          name: reference.candidate.estimator,
          outputs: await outputsOf(artifacts, prepared, reference, rows),
        },
      ],
      seed,
    }),
  );
  const { metric, score, interval, metrics } = evaluation;
  return { artifact: await putJson(artifacts, evaluation), part, metric, score, interval, metrics };
};

/** A trained model's outputs for rows: original units, or probabilities [rows, classes]. */
async function outputsOf(
  artifacts: ArtifactStore,
  prepared: PreparedData,
  { candidate, weights }: TrainingOutcome,
  rows: TrainingData,
): Promise<Float64Array> {
  const estimator = estimatorFor(candidate.estimator);
  const predictor = await estimator.load(
    shapeOf(prepared),
    estimator.hyperparameters.parse(candidate.hyperparameters),
    decodeWeights(await artifacts.read(weights)),
  );
  try {
    return await predictAll(predictor, rows, prepared.targetScale, prepared.problem.task);
  } finally {
    predictor.dispose();
  }
}
