import { Context } from '@temporalio/activity';
import { estimatorFor } from '../ml/estimators/index.ts';
import { evaluatePredictions } from '../ml/metrics/evaluate.ts';
import { trivialOutputs } from '../ml/metrics/trivial.ts';
import { predictAll } from '../ml/training/predict-all.ts';
import type { TrainingData } from '../ml/training/training-data.ts';
import { decodeWeights } from '../ml/weights.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import { Evaluation } from '../schemas/evaluation.ts';
import type { EvaluationSummary } from '../schemas/lifecycle-steps.ts';
import type { PreparedData } from '../schemas/prepared-data.ts';
import type { TrainingOutcome } from '../schemas/training.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { putJson } from '../stores/json-artifact.ts';
import type { Stores } from './index.ts';
import { openParts, readPrepared, shapeOf } from './prepared-rows.ts';

const HEARTBEAT_INTERVAL_MS = 2_000;

/** Step 5. */
export const createEvaluateActivities = ({ artifacts }: Pick<Stores, 'artifacts'>) => ({
  /** Scores a model on one part of the data, beside the trivial model and the linear one. */
  async evaluateModel(request: {
    prepared: ArtifactRef;
    model: TrainingOutcome;
    reference: TrainingOutcome;
    part: 'validation' | 'test';
    seed: number;
  }): Promise<EvaluationSummary> {
    const { model, reference, part, seed } = request;
    const context = Context.current();
    const heartbeats = setInterval(() => context.heartbeat({ part }), HEARTBEAT_INTERVAL_MS);
    try {
      const prepared = await readPrepared(artifacts, request.prepared);
      const { problem } = prepared;
      const rows = await openParts(artifacts, prepared, [part]);
      const fit = await openParts(artifacts, prepared, ['fit']);
      const trivial = trivialOutputs(problem, await fit.originalTargets(), rows.rows);
      const evaluation = Evaluation.parse(
        evaluatePredictions({
          problem,
          part,
          truth: await rows.originalTargets(),
          outputs: await outputsOf(artifacts, prepared, model, rows),
          baselines: [
            { name: 'trivial', outputs: trivial },
            {
              name: reference.candidate.estimator,
              outputs: await outputsOf(artifacts, prepared, reference, rows),
            },
          ],
          seed,
        }),
      );
      return {
        artifact: await putJson(artifacts, evaluation),
        part,
        metric: evaluation.metric,
        score: evaluation.score,
        interval: evaluation.interval,
        metrics: evaluation.metrics,
      };
    } finally {
      clearInterval(heartbeats);
    }
  },
});

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
