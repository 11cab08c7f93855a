import { z } from 'zod';
import { unscaleTarget } from '../ml/data/target-scale.ts';
import { numericFingerprint } from '../ml/fingerprint.ts';
import { scoreMetric } from '../ml/metrics/score.ts';
import { bytesOf, decodeSnapshot, encodeSnapshot, toFloat64 } from '../ml/training/snapshot.ts';
import { type Trained, train } from '../ml/training/train.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { PreparedData } from '../schemas/prepared-data.ts';
import type { TrainingOutcome } from '../schemas/training.ts';
import type { Task, TaskContext } from './compute-task.ts';
import { truthOfFolds, writeFold } from './fold-rows.ts';
import { readPrepared } from './prepared-rows.ts';
import { startOf } from './starting-point.ts';
import { findCheckpoint, keepAtIntervals, trainOptions } from './train-model.ts';
import {
  joinOutputs,
  keptOutputs,
  keptTruth,
  putOutputs,
  readOutputs,
} from './validation-outputs.ts';

/** What is known of the folds after the first that are done. */
const Progress = z.strictObject({
  bestEpochs: z.array(z.int().positive()),
  seconds: z.number().nonnegative(),
});
type Progress = z.infer<typeof Progress>;

/**
 * Trains a candidate, whose training on the fit part is done, on the other folds too. It comes to the
 * same model, with score, predictions and best epoch of all folds; to what it was where time ends it.
 */
export const crossValidate: Task<'crossValidate'> = async (
  { training: request, first },
  context,
) => {
  const { stores, workFolder, signal, onProgress, log } = context;
  const { artifacts } = stores;
  const prepared = await readPrepared(artifacts, request.prepared);
  const { folds, problem } = prepared;
  if (folds === null || first.predictions === null) return first;
  const found = await findCheckpoint(request, context, await numericFingerprint());
  const done = found === null ? fresh() : readState(found.state);
  const { outputs, progress } = done;
  let { resumeFrom } = done;
  const startedAtMs = performance.now();
  const secondsLeft = () =>
    request.maxSeconds === null
      ? null
      : request.maxSeconds - (performance.now() - startedAtMs) / 1000;
  const truths = await truthOfFolds(artifacts, prepared);
  const options = {
    ...trainOptions(request, prepared),
    ...(await startOf(request, prepared, artifacts)),
  };
  for (let fold = 1; fold < folds.count; fold++) {
    if (outputs[fold - 1] !== undefined) continue;
    const rows = await writeFold(artifacts, prepared, fold, workFolder);
    const maxSeconds = secondsLeft();
    if (maxSeconds !== null && maxSeconds <= 0) return first;
    const trained: Trained = await train({
      ...options,
      data: rows.training,
      truth: await rows.training.originalTargets(),
      validation: {
        data: rows.validation,
        truth: truths[fold] as Float64Array,
      },
      maxSeconds,
      scoresFit: false,
      ...(resumeFrom !== undefined && { resumeFrom }),
      signal,
      onProgress: (progress) => onProgress({ kind: 'training', training: progress }),
      onCheckpoint: keepAtIntervals(request, context, (state) =>
        writeState(outputs, progress, state),
      ),
    });
    resumeFrom = undefined;
    if (trained.status === 'out-of-time') return first;
    if (trained.status === 'diverged' || trained.validationOutputs === null) {
      return { ...first, validationScore: null, status: 'diverged' };
    }
    outputs.push(keptOutputs(trained.validationOutputs, rows.validation.rows));
    progress.bestEpochs.push(trained.bestEpoch);
    progress.seconds += trained.seconds;
    await log.save(writeState(outputs, progress));
  }
  return summarise(context, prepared, first, progress, {
    outputs: joinOutputs([await readOutputs(artifacts, first.predictions), ...outputs]),
    truth: keptTruth(truths, problem),
  });
};

async function summarise(
  { stores: { artifacts } }: TaskContext,
  { problem, targetScale, folds }: PreparedData,
  first: TrainingOutcome,
  { bestEpochs, seconds }: Progress,
  { outputs: raw, truth }: { readonly outputs: Float64Array; readonly truth: Float64Array },
): Promise<TrainingOutcome> {
  const outputs =
    problem.task === 'regression' ? raw.map((value) => unscaleTarget(value, targetScale)) : raw;
  const epochs = [first.bestEpoch, ...bestEpochs];
  const predictions: ArtifactRef = await putOutputs(artifacts, raw);
  return {
    ...first,
    bestEpoch: Math.max(1, Math.round(epochs.reduce((sum, each) => sum + each, 0) / epochs.length)),
    validationScore: scoreMetric(problem.metric, { problem, truth, outputs }),
    predictions,
    crossValidation: { folds: folds?.count ?? 1, firstScore: first.validationScore },
    seconds: first.seconds + seconds,
  };
}

interface State {
  /** Of each fold after the first that is done. */
  readonly outputs: Float64Array[];
  readonly progress: Progress;
  /** Of the training under way. */
  readonly resumeFrom?: Uint8Array;
}

const fresh = (): State => ({ outputs: [], progress: { bestEpochs: [], seconds: 0 } });

const writeState = (
  outputs: readonly Float64Array[],
  progress: Progress,
  training?: Uint8Array,
): Uint8Array =>
  encodeSnapshot(progress, [
    ...outputs.map(bytesOf),
    ...(training === undefined ? [] : [training]),
  ]);

function readState(bytes: Uint8Array): State {
  const { document, blobs } = decodeSnapshot(bytes);
  const progress = Progress.parse(document);
  const done = progress.bestEpochs.length;
  const training = blobs[done];
  return {
    outputs: blobs.slice(0, done).map(toFloat64),
    progress,
    ...(training !== undefined && { resumeFrom: training }),
  };
}
