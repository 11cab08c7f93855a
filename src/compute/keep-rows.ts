import { join } from 'node:path';
import { type SaveOptions, saveRows } from '../ml/data/sql/save-rows.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { SqlSource } from '../schemas/sql-source.ts';
import type { TaskContext } from './compute-task.ts';

/** Keeps what a query gives as an artifact of JSON lines: what is read from then on. */
export async function keepRows(
  source: SqlSource,
  { stores: { artifacts }, workFolder, signal, onProgress }: TaskContext,
  interval?: SaveOptions['interval'],
): Promise<ArtifactRef> {
  const file = join(workFolder, 'query.jsonl');
  await saveRows(source, file, {
    ...(interval !== undefined && { interval }),
    environment: process.env,
    signal,
    onRows: (rows) => onProgress({ kind: 'rows', pass: 'query', rows }),
  });
  return artifacts.putFile(file, 'application/jsonl');
}
