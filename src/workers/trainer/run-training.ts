import { openParts, readPrepared } from '../../activities/prepared-rows.ts';
import type { Config } from '../../config.ts';
import { numericFingerprint } from '../../ml/fingerprint.ts';
import { train } from '../../ml/training/train.ts';
import { encodeWeights, hashWeights } from '../../ml/weights.ts';
import type { TrainingOutcome, TrainingProgress, TrainingRequest } from '../../schemas/training.ts';
import { openStores } from '../../stores/index.ts';
import { putJson } from '../../stores/json-artifact.ts';

/** How often the state of a training is kept: what a kill may cost. */
const CHECKPOINT_INTERVAL_MS = 10_000;

interface Options {
  readonly checkpoint: string;
  readonly signal: AbortSignal;
  onProgress(progress: TrainingProgress): void;
}

/** One training, from prepared rows to weights in the store; resumes from its checkpoint if there is one. */
export async function runTraining(
  config: Config,
  request: TrainingRequest,
  { checkpoint, signal, onProgress }: Options,
): Promise<TrainingOutcome> {
  const { artifacts, checkpoints } = openStores(config.home);
  const prepared = await readPrepared(artifacts, request.prepared);
  const data = await openParts(
    artifacts,
    prepared,
    request.rows === 'fit' ? ['fit'] : ['fit', 'validation'],
  );
  const validationRows =
    request.rows === 'fit' ? await openParts(artifacts, prepared, ['validation']) : null;
  const resumeFrom = await checkpoints.load(checkpoint);
  let keptAtMs = Date.now();

  const trained = await train({
    candidate: request.candidate,
    problem: prepared.problem,
    data,
    truth: await data.originalTargets(),
    validation: validationRows && {
      data: validationRows,
      truth: await validationRows.originalTargets(),
    },
    targetScale: prepared.targetScale,
    classCounts: prepared.classCounts,
    seed: request.seed,
    maxEpochs: request.maxEpochs,
    maxSeconds: request.maxSeconds,
    ...(resumeFrom !== null && { resumeFrom }),
    signal,
    onProgress,
    onCheckpoint: async (state) => {
      if (!signal.aborted && Date.now() - keptAtMs < CHECKPOINT_INTERVAL_MS) return;
      await checkpoints.save(checkpoint, state());
      keptAtMs = Date.now();
    },
  });

  const weights = encodeWeights(trained.weights, { estimator: request.candidate.estimator });
  const outcome: TrainingOutcome = {
    candidate: request.candidate,
    rows: request.rows,
    weights: await artifacts.put(weights, 'application/vnd.safetensors'),
    weightsHash: hashWeights(trained.weights),
    curve: await putJson(artifacts, trained.curve),
    status: trained.status,
    epochs: trained.epochs,
    bestEpoch: trained.bestEpoch,
    validationScore: trained.validationScore,
    fitScore: trained.fitScore,
    seconds: trained.seconds,
    fingerprint: await numericFingerprint(),
  };
  await checkpoints.remove(checkpoint);
  return outcome;
}
