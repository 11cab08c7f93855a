import { type Model, rowKey } from '../ml/model.ts';
import { Preprocessed } from '../schemas/lifecycle-steps.ts';
import { StepRecord } from '../schemas/run.ts';
import { stepDocument } from '../stores/run-documents.ts';
import type { TaskContext } from './compute-task.ts';
import { openParts, readPrepared } from './prepared-rows.ts';

const BATCH_ROWS = 1_024;

/**
 * How many held-out rows equal, in a model's encoding, one that it was trained on: these flatter it.
 * 0 where its own data is gone.
 */
export async function countSeen(
  { stores: { artifacts, documents }, signal }: TaskContext,
  { runId }: { readonly runId: string },
  { package: { layout } }: Pick<Model, 'package'>,
  { keys }: { readonly keys: readonly string[] },
): Promise<number> {
  const record = StepRecord.safeParse(await documents.read(stepDocument(runId, 'preprocess')));
  const data = Preprocessed.safeParse(record.data?.outputs['data']);
  if (!data.success) return 0;
  const prepared = await readPrepared(artifacts, data.data.prepared);
  const training = await openParts(artifacts, prepared, ['fit', 'validation']);
  const wanted = new Set(keys);
  const seen = new Set<string>();
  for await (const { rows, features } of training.batches(BATCH_ROWS)) {
    signal.throwIfAborted();
    for (let row = 0; row < rows; row++) {
      const key = rowKey(features, row, layout);
      if (wanted.has(key)) seen.add(key);
    }
  }
  return keys.filter((key) => seen.has(key)).length;
}
