import { mkdir, rm } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { machineFingerprint } from '../machine-fingerprint.ts';
import { numericFingerprint } from '../ml/fingerprint.ts';
import { sweepGraphFolders } from '../ml/graph/graph-folder.ts';
import { CheckpointLog } from '../stores/checkpoint-log.ts';
import { openStores } from '../stores/index.ts';
import { sweepTemporaryFiles, temporaryName } from '../stores/temporary-files.ts';
import type { OutcomeOf, RequestOf, Task, TaskKind, TaskProgress } from './compute-task.ts';

/** Work of our own, whose logs are claimed before it begins. */
type OwnTask = Exclude<TaskKind, 'step'>;

/** Loaded when they are asked for: work that goes on after a kill must not wait for what draws charts. */
const tasks: { readonly [Kind in OwnTask]: () => Promise<Task<Kind>> } = {
  prepare: async () => (await import('./prepare-table.ts')).prepareTable,
  train: async () => (await import('./train-model.ts')).trainModel,
  crossValidate: async () => (await import('./cross-validate.ts')).crossValidate,
  evaluate: async () => (await import('./evaluate-model.ts')).evaluateModel,
  ensemble: async () => (await import('./build-ensemble.ts')).buildEnsemble,
  decide: async () => (await import('./choose-decision.ts')).decide,
  explain: async () => (await import('./explain-model.ts')).explainModel,
  package: async () => (await import('./package-model.ts')).packageModel,
  render: async () => (await import('./render-report.ts')).renderReport,
  resolve: async () => (await import('./resolve-data.ts')).resolveData,
  check: async () => (await import('./check-data.ts')).checkData,
  compare: async () => (await import('./compare-models.ts')).compareModels,
};

/** Work that TensorFlow has no part in: it need not be loaded to say which one it is. */
const isWithoutTensors = (kind: OwnTask): boolean =>
  kind === 'prepare' || kind === 'render' || kind === 'resolve';

/** Checkpoints that stay when the work is done: a training may be extended. */
const KEPT: Partial<Record<OwnTask, number>> = { train: 1 };

/**
 * Does one piece of work under its log: claims it, goes on from what is there, and records what it
 * came to. An attempt that finds the work done gives the recorded outcome.
 */
export async function runTask<Kind extends OwnTask>(
  config: Config,
  kind: Kind,
  request: RequestOf<Kind>,
  {
    lineage,
    extend,
    signal,
    onProgress,
  }: {
    readonly lineage: string;
    readonly extend: readonly string[];
    readonly signal: AbortSignal;
    onProgress(progress: TaskProgress): void;
  },
): Promise<OutcomeOf<Kind>> {
  const stores = openStores(config);
  const workFolder = temporaryName(config.home);
  try {
    // An earlier attempt may have been killed on this machine.
    await sweepTemporaryFiles(config.home);
    await sweepGraphFolders();
    const fingerprint = await (isWithoutTensors(kind)
      ? machineFingerprint()
      : numericFingerprint());
    const log = await CheckpointLog.claim(stores.objects, lineage, fingerprint);
    if (log.completion !== undefined) {
      await log.tidy(KEPT[kind] ?? 0);
      return log.completion.outcome as OutcomeOf<Kind>;
    }
    await mkdir(workFolder, { recursive: true });
    const task = await tasks[kind]();
    const outcome = await task(request, { stores, workFolder, log, extend, signal, onProgress });
    await log.complete(outcome, KEPT[kind] ?? 0);
    return outcome;
  } finally {
    await rm(workFolder, { recursive: true, force: true });
    await stores.close();
  }
}
