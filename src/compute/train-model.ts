import { canonicalHash } from '../canonical-json.ts';
import { InputError } from '../errors.ts';
import { numericFingerprint } from '../ml/fingerprint.ts';
import { train } from '../ml/training/train.ts';
import { encodeWeights, hashWeights } from '../ml/weights.ts';
import type { PreparedData } from '../schemas/prepared-data.ts';
import type { NumericFingerprint, TrainingRequest } from '../schemas/training.ts';
import { type FoundCheckpoint, readLatestCheckpoint } from '../stores/checkpoint-log.ts';
import { putJson } from '../stores/json-artifact.ts';
import { StoreUnavailable } from '../stores/s3-errors.ts';
import type { Task, TaskContext } from './compute-task.ts';
import { FingerprintMismatch } from './fingerprint-mismatch.ts';
import { openParts, readPrepared } from './prepared-rows.ts';
import { startOf } from './starting-point.ts';
import { keptOutputs, putOutputs } from './validation-outputs.ts';

/** Keeping the state may take this share of the time. */
const LARGEST_SHARE = 0.02;

/** One training, from prepared rows to weights in the store; goes on from its newest checkpoint. */
export const trainModel: Task<'train'> = async (request, context) => {
  const { stores, signal, onProgress } = context;
  const { artifacts } = stores;
  const prepared = await readPrepared(artifacts, request.prepared);
  const isRefit = request.rows === 'all';
  const data = await openParts(artifacts, prepared, isRefit ? ['fit', 'validation'] : ['fit']);
  const validation = isRefit ? null : await openParts(artifacts, prepared, ['validation']);
  const fingerprint = await numericFingerprint();
  const found = await findCheckpoint(request, context, fingerprint);
  const trained = await train({
    ...trainOptions(request, prepared),
    data,
    truth: await data.originalTargets(),
    validation: validation && { data: validation, truth: await validation.originalTargets() },
    ...(await startOf(request, prepared, artifacts)),
    maxSeconds: request.maxSeconds,
    ...(found !== null && { resumeFrom: found.state }),
    signal,
    onProgress: (training) => onProgress({ kind: 'training', training }),
    onCheckpoint: keepAtIntervals(request, context, (state) => state),
  });
  const { candidate, rows } = request;
  const { status, epochs, bestEpoch, validationScore, fitScore, seconds, execution } = trained;
  const { validationOutputs } = trained;
  const weights = encodeWeights(trained.weights, { estimator: candidate.estimator });
  return {
    candidate,
    rows,
    weights: await artifacts.put(weights, 'application/vnd.safetensors'),
    weightsHash: hashWeights(trained.weights),
    curve: await putJson(artifacts, trained.curve),
    status,
    epochs,
    bestEpoch,
    validationScore,
    fitScore,
    predictions:
      validation && validationOutputs
        ? await putOutputs(artifacts, keptOutputs(validationOutputs, validation.rows))
        : null,
    crossValidation: null,
    seconds,
    execution,
    fingerprint,
    mixedWith: request.otherFingerprint === 'resume' ? context.log.otherFingerprints() : [],
  };
};

/** What a training is given besides its rows. */
export const trainOptions = (request: TrainingRequest, prepared: PreparedData) => ({
  candidate: request.candidate,
  problem: prepared.problem,
  targetScale: prepared.targetScale,
  classCounts: prepared.classCounts,
  image: prepared.layout.image,
  seed: request.seed,
  maxEpochs: request.maxEpochs,
});

/**
 * The checkpoint to go on from: the newest of this training, else that of the one it extends.
 * Arithmetic that differs from the checkpoint's would break the promise of identical bits, so it is
 * refused unless the job says what to do.
 */
export async function findCheckpoint(
  { otherFingerprint }: TrainingRequest,
  { log, extend, stores }: TaskContext,
  fingerprint: NumericFingerprint,
): Promise<FoundCheckpoint | null> {
  let found = await log.latest();
  for (const name of extend) found ??= await readLatestCheckpoint(stores.objects, name);
  if (found === null || otherFingerprint === 'resume') return found;
  if (canonicalHash(found.fingerprint) === canonicalHash(fingerprint)) return found;
  if (otherFingerprint === 'restart') return null;
  throw new FingerprintMismatch(found.fingerprint, fingerprint);
}

/** Keeps the state every so often, and at once when the training is told to stop. */
export function keepAtIntervals(
  { checkpointSeconds }: TrainingRequest,
  { log, signal }: TaskContext,
  wrap: (state: Uint8Array) => Uint8Array,
) {
  let keptAtMs = Date.now();
  let costMs = 0;
  return async (state: () => Uint8Array): Promise<void> => {
    const startedAtMs = Date.now();
    const intervalMs = Math.max(checkpointSeconds * 1000, costMs / LARGEST_SHARE);
    if (!signal.aborted && startedAtMs - keptAtMs < intervalMs) return;
    try {
      await log.save(wrap(state()));
      costMs = Date.now() - startedAtMs;
    } catch (error) {
      if (!mayPass(error)) throw error;
    }
    keptAtMs = Date.now();
  };
}

/** A full disk may have room at the next interval, and a store answer; the training needs neither. */
const mayPass = (error: unknown): boolean =>
  error instanceof StoreUnavailable ||
  (error instanceof InputError && error.problem.code === 'NoDiskSpace');
