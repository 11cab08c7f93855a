import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findNewestFile } from '../ml/data/find-files.ts';
import { hashFiles } from '../ml/data/hash-files.ts';
import { saveQuery } from '../ml/data/save-query.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { Task, TaskContext } from './compute-task.ts';
import { type DataInterval, expandDates, intervalEnding } from './data-interval.ts';

/** Finds the latest data of an interval, and its hash. What a query gives is kept as an artifact. */
export const resolveData: Task<'resolve'> = async ({ retraining, scheduledAt }, context) => {
  const { data, job, interval: length, timeZone } = retraining;
  const interval = intervalEnding(scheduledAt, length);
  const found =
    data.sql === undefined
      ? {
          ...(await findNewestFile(expandDates(data.path ?? '', interval, timeZone), data.newest)),
          artifact: null,
        }
      : await keepQuery(data.sql, interval, context);
  const paths = job.split.kind === 'file' ? [found.path, job.split.test] : [found.path];
  return { ...found, sha256: await hashFiles(paths), interval };
};

async function keepQuery(
  sql: string,
  interval: DataInterval,
  { stores: { artifacts }, workFolder }: TaskContext,
): Promise<{ path: string; bytes: number; artifact: ArtifactRef }> {
  const file = join(workFolder, 'query.parquet');
  await saveQuery(sql, interval, file);
  const { size } = await stat(file);
  const artifact = await artifacts.putFile(file, 'application/vnd.apache.parquet');
  return { path: await artifacts.localPath(artifact), bytes: size, artifact };
}
