import { availableParallelism } from 'node:os';
import type { Compute } from '../../activities/supervise.ts';
import type { RequestOf, TaskKind } from '../../compute/compute-task.ts';
import { readPrepared, shapeOf } from '../../compute/prepared-rows.ts';
import { chosenBackend } from '../../ml/backend.ts';
import { estimatorFor, parseHyperparameters } from '../../ml/estimators/index.ts';
import { type Threads, threadsFor } from '../../ml/threads.ts';
import type { TrainingRequest } from '../../schemas/training.ts';
import { latestFingerprint } from '../../stores/checkpoint-log.ts';
import type { OpenStores } from '../../stores/index.ts';
import type { ComputePool } from './compute-pool.ts';

/**
 * The pool, with threads for each training by the size of its steps. A training that was begun
 * before, here or elsewhere, goes on with as many threads: results depend on their number. Where
 * the worker's environment says how many, that holds.
 */
export function withThreads(
  pool: ComputePool,
  stores: Pick<OpenStores, 'artifacts' | 'objects'>,
  cores = availableParallelism(),
): Compute {
  if (isChosenByUser() || chosenBackend() === 'wasm') return pool;
  return {
    async run(task, request, options) {
      const training = trainingOf(task, request);
      if (training === null) return pool.run(task, request, options);
      const { lineage, extend } = options;
      const threads =
        (await pinnedThreads(stores, [lineage, ...extend])) ??
        threadsFor(await workOf(stores, training), cores);
      return pool.run(task, request, { ...options, threads });
    },
  };
}

const isChosenByUser = (): boolean =>
  ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS'].some((name) => name in process.env);

/** The training that a task is about; null where it is about none. */
function trainingOf(task: TaskKind, request: RequestOf<TaskKind>): TrainingRequest | null {
  if (task === 'train') return request as RequestOf<'train'>;
  return task === 'crossValidate' ? (request as RequestOf<'crossValidate'>).training : null;
}

/** Of the newest attempt at this training, or at one that it extends. */
async function pinnedThreads(
  { objects }: Pick<OpenStores, 'objects'>,
  logs: readonly string[],
): Promise<Threads | undefined> {
  for (const log of logs) {
    const fingerprint = await latestFingerprint(objects, log);
    if (fingerprint === null) continue;
    const { intraOpThreads, interOpThreads } = fingerprint;
    return { intraOpThreads, interOpThreads };
  }
  return undefined;
}

/** Multiplications of the forward pass of a step; 0 where TensorFlow has no part in it. */
async function workOf(
  { artifacts }: Pick<OpenStores, 'artifacts'>,
  { prepared: ref, candidate, rows }: TrainingRequest,
): Promise<number> {
  const estimator = estimatorFor(candidate.estimator);
  if (estimator.stepWork === undefined) return 0;
  const prepared = await readPrepared(artifacts, ref);
  const { fit, validation } = prepared.parts;
  const count = fit.rows + (rows === 'all' ? validation.rows : 0);
  const hyperparameters = parseHyperparameters(estimator, candidate.hyperparameters);
  return estimator.stepWork(shapeOf(prepared), hyperparameters, count);
}
