import { canonicalHash } from '../canonical-json.ts';
import { renderRetraining } from '../ml/report/render-retraining.ts';
import type { Job } from '../schemas/job.ts';
import type { ModelVersion } from '../schemas/model-package.ts';
import type { Pipeline } from '../schemas/pipeline.ts';
import { parseRetraining, type Retraining } from '../schemas/retraining.ts';
import {
  type Comparison,
  type DataCheck,
  type DataSnapshot,
  LastRetraining,
  RetrainingRecord,
  RetrainingResult,
} from '../schemas/retraining-record.ts';
import { lastRetraining, retrainingDocument } from '../stores/run-documents.ts';
import type { Stores } from './index.ts';
import { openRecord } from './run-record.ts';
import { type Compute, supervise, type WorkOrder } from './supervise.ts';

const CHAMPION = 'champion';

/** What a retraining is known again by: data and job, and nothing that says when. */
const keyOf = ({ sha256 }: DataSnapshot, job: Job): string => canonicalHash({ sha256, job });

/** Activities that open a retraining, move aliases and keep its record. */
export const createRetrainingActivities = ({ artifacts, documents, registry }: Stores) => ({
  /** Validates what was asked for, writes the head of the run's record, and finds the champion. */
  async beginRetraining(request: {
    input: unknown;
    plan: Pipeline;
    requestedBy: string;
    startedAt: string;
  }): Promise<{ retraining: Retraining; champion: ModelVersion | null }> {
    const retraining = parseRetraining(request.input);
    const { requestedBy, startedAt, plan } = request;
    const { job } = retraining;
    await openRecord(documents, { requestedBy, startedAt, job, inputs: {}, plan, rerunOf: null });
    return { retraining, champion: await registry.find(retraining.name, { alias: CHAMPION }) };
  },

  /** The model's last retraining, if it was by the same data and job; else null. */
  async findLastRetraining(request: {
    model: string;
    data: DataSnapshot;
    job: Job;
  }): Promise<LastRetraining | null> {
    const found = LastRetraining.safeParse(await documents.read(lastRetraining(request.model)));
    return found.data?.key === keyOf(request.data, request.job) ? found.data : null;
  },

  /** Makes a version champion, unless another became it meanwhile; gives the champion's version. */
  async promoteChallenger(request: {
    model: string;
    from: number | null;
    to: number;
  }): Promise<number> {
    const { model, from, to } = request;
    if (await registry.replaceAlias(model, CHAMPION, from, to)) return to;
    const champion = await registry.find(model, { alias: CHAMPION });
    return champion?.version ?? to;
  },

  /** Keeps what a retraining came to, and writes its report. */
  async recordRetraining({
    record,
    job,
  }: {
    record: RetrainingRecord;
    job: Job;
  }): Promise<RetrainingResult> {
    const markdown = Buffer.from(renderRetraining(RetrainingRecord.parse(record)));
    const report = await artifacts.put(markdown, 'text/markdown');
    const result = RetrainingResult.parse({ ...record, report });
    await documents.write(retrainingDocument(record.runId), result);
    if (record.decision !== 'unchanged') {
      const last: LastRetraining = {
        schemaVersion: 1,
        key: keyOf(record.data, job),
        runId: record.runId,
        at: record.scheduledAt,
      };
      await documents.write(lastRetraining(record.model), LastRetraining.parse(last));
    }
    return result;
  },
});

/** The parts of a retraining that read data, on a resource's task queue. */
export const createRetrainingWork = (compute: Compute) => ({
  /** Finds the latest data, and its hash. */
  resolveData: (order: WorkOrder<'resolve'>): Promise<DataSnapshot> =>
    supervise(compute, 'resolve', order),

  /** Holds the data against the champion, and refuses what its policy refuses. */
  checkData: (order: WorkOrder<'check'>): Promise<DataCheck> => supervise(compute, 'check', order),

  /** Scores champion and challenger on the same held-out rows. */
  compareModels: (order: WorkOrder<'compare'>): Promise<Comparison> =>
    supervise(compute, 'compare', order),
});
