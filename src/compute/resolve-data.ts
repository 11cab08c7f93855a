import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findNewestFile } from '../ml/data/find-files.ts';
import { hashTables } from '../ml/data/hash-tables.ts';
import { findImageColumn } from '../ml/data/images/find-image-column.ts';
import { openTable } from '../ml/data/open-table.ts';
import { saveQuery } from '../ml/data/save-query.ts';
import { filesOf } from '../ml/data/source-rows.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { Job } from '../schemas/job.ts';
import type { SqlSource } from '../schemas/sql-source.ts';
import type { Task, TaskContext } from './compute-task.ts';
import { type DataInterval, expandDates, intervalEnding } from './data-interval.ts';
import { keepRows } from './keep-rows.ts';

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
      : await keepQuery({ ...data, sql: data.sql }, interval, context);
  return { ...found, sha256: await hashOf({ ...job, data: found.path }), interval };
};

async function hashOf(job: Job): Promise<string> {
  const table = await openTable(filesOf(job), job.format);
  const imageColumn = await findImageColumn(job, table);
  if (job.split.kind !== 'file') return hashTables([table], imageColumn);
  return hashTables(
    [table, await openTable(job.split.test, job.format, 'split.test')],
    imageColumn,
  );
}

async function keepQuery(
  { sql, postgres, sqlite }: SqlSource,
  interval: DataInterval,
  context: TaskContext,
): Promise<{ path: string; bytes: number; artifact: ArtifactRef }> {
  const { workFolder } = context;
  const { artifacts } = context.stores;
  if (postgres !== undefined || sqlite !== undefined) {
    const artifact = await keepRows({ sql, postgres, sqlite }, context, interval);
    return { path: await artifacts.localPath(artifact), bytes: artifact.bytes, artifact };
  }
  const file = join(workFolder, 'query.parquet');
  await saveQuery(sql, interval, file);
  const { size } = await stat(file);
  const artifact = await artifacts.putFile(file, 'application/vnd.apache.parquet');
  return { path: await artifacts.localPath(artifact), bytes: size, artifact };
}
