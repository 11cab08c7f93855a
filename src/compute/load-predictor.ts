import type { Predictor } from '../ml/estimators/estimator.ts';
import { estimatorFor } from '../ml/estimators/index.ts';
import { decodeWeights } from '../ml/weights.ts';
import type { PreparedData } from '../schemas/prepared-data.ts';
import type { TrainingOutcome } from '../schemas/training.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { shapeOf } from './prepared-rows.ts';

/** A trained model, ready for rows of these data. */
export async function loadPredictor(
  artifacts: ArtifactStore,
  prepared: PreparedData,
  { candidate, weights }: TrainingOutcome,
): Promise<Predictor> {
  const estimator = estimatorFor(candidate.estimator);
  return estimator.load(
    shapeOf(prepared),
    estimator.hyperparameters.parse(candidate.hyperparameters),
    decodeWeights(await artifacts.read(weights)),
  );
}
