import { failPoint } from '../fail-points.ts';
import { machineFingerprint } from '../machine-fingerprint.ts';
import { prepareData } from '../ml/data/prepare.ts';
import { decodeSnapshot, encodeSnapshot } from '../ml/training/snapshot.ts';
import { ArtifactRef } from '../schemas/artifact.ts';
import type { Job } from '../schemas/job.ts';
import { PreparedData } from '../schemas/prepared-data.ts';
import { describeDatabase } from '../schemas/sql-source.ts';
import { putJson } from '../stores/json-artifact.ts';
import type { Task, TaskContext } from './compute-task.ts';
import { keepRows } from './keep-rows.ts';

/** From a raw table to shards; goes on from its newest checkpoint. */
export const prepareTable: Task<'prepare'> = async ({ job }, context) => {
  const { workFolder, log, signal, onProgress } = context;
  const { artifacts } = context.stores;
  const query = await queryOf(job, context);
  const prepared = await prepareData({
    job: query === null ? job : await readingRows(job, query.rows, context),
    ...(query !== null && { query }),
    workFolder,
    async save(path, mediaType) {
      const ref = await artifacts.putFile(path, mediaType);
      await failPoint('prepared-part');
      return ref;
    },
    pathOf: (ref) => artifacts.localPath(ref),
    onProgress: (progress) => onProgress({ kind: 'rows', ...progress }),
    signal,
    log,
  });
  const document = PreparedData.parse(prepared);
  const { fit, validation, test } = document.parts;
  return {
    prepared: await putJson(artifacts, document),
    transform: document.transform,
    report: document.report,
    problem: document.problem,
    rows: { fit: fit.rows, validation: validation.rows, test: test.rows },
    folds: document.folds?.count ?? 1,
    width: document.featureNames.length,
    ...(document.layout.terms !== undefined && { terms: document.layout.terms }),
    image: document.layout.image,
    fingerprint: await machineFingerprint(),
  };
};

/** The rows of the query that the job's data is, as the first attempt has kept them; null for files. */
async function queryOf({ data }: Job, context: TaskContext) {
  if (typeof data === 'string' || Array.isArray(data)) return null;
  const title = `a query of ${describeDatabase(data)}`;
  const kept = await keptRows(context);
  if (kept !== null) return { rows: kept, title };
  const rows = await keepRows(data, context);
  await context.log.save(encodeSnapshot({ rows }, []), []);
  return { rows, title };
}

/** Every state names them, that of the preparation too. */
async function keptRows({ log }: TaskContext): Promise<ArtifactRef | null> {
  const found = await log.latest();
  if (found === null) return null;
  const { document } = decodeSnapshot(found.state);
  const rows = (document as { rows?: unknown }).rows;
  return ArtifactRef.safeParse(rows).data ?? null;
}

async function readingRows(
  job: Job,
  rows: ArtifactRef,
  { stores: { artifacts } }: TaskContext,
): Promise<Job> {
  const path = await artifacts.localPath(rows);
  return { ...job, data: path, format: { ...job.format, kind: 'jsonl' } };
}
