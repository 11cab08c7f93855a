import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { executeChild, isCancellation, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { BookkeepingActivities } from '../activities/index.ts';
import type { Job } from '../schemas/job.ts';
import type { ModelVersion } from '../schemas/model-package.ts';
import type { Retraining } from '../schemas/retraining.ts';
import type {
  Comparison,
  DataCheck,
  DataSnapshot,
  RetrainingRecord,
  RetrainingResult,
} from '../schemas/retraining-record.ts';
import type { LifecycleResult } from '../schemas/run.ts';
import { bookkeeping as bookkeepingProfile } from './activity-profiles.ts';
import { findTaskQueue } from './find-task-queue.ts';
import { HeavyWork } from './heavy-work.ts';
import type { lifecycle } from './lifecycle.ts';
import { PausableWork } from './pausable-work.ts';
import { recordEnd, requestedBy } from './record-end.ts';
import { type RetrainingStep, retrainingPlan } from './retraining-plan.ts';
import { countForSchedule } from './retraining-streak.ts';
import { RunProgress } from './run-progress.ts';
import { whileGivingSigns } from './signs-of-life.ts';

const bookkeeping = proxyActivities<BookkeepingActivities>(bookkeepingProfile);
const scheduledStart = defineSearchAttributeKey(
  'TemporalScheduledStartTime',
  SearchAttributeType.DATETIME,
);

/**
 * Trains a model anew on the latest data, and makes the new version champion only if it is better.
 * `{ "name": "churn", "data": "/data/customers-*.csv", "job": { "target": "churned" } }` is a whole
 * retraining. What schedules start; anyone else may.
 */
export async function retrain(input: unknown): Promise<RetrainingResult> {
  const { firstExecutionRunId: runId, workflowId, startTime } = workflowInfo();
  const progress = new RunProgress(runId, retrainingPlan);
  const scheduledAt = (
    workflowInfo().typedSearchAttributes.get(scheduledStart) ?? startTime
  ).toISOString();
  try {
    const begun = await bookkeeping.beginRetraining({
      input,
      plan: retrainingPlan,
      requestedBy: requestedBy(),
      startedAt: startTime.toISOString(),
    });
    try {
      const steps = new RetrainingSteps(begun.retraining, begun.champion, progress);
      const outcome = await whileGivingSigns(
        () => bookkeeping.renewRun({ runId }),
        () => steps.carryOut(scheduledAt),
      );
      const result = await bookkeeping.recordRetraining({
        record: { schemaVersion: 1, runId, workflowId, scheduledAt, ...outcome },
        job: begun.retraining.job,
      });
      await recordEnd(runId, 'completed');
      progress.closed('completed');
      await countForSchedule(null);
      return result;
    } catch (error) {
      await recordEnd(runId, isCancellation(error) ? 'cancelled' : 'failed');
      throw error;
    }
  } catch (error) {
    const isCancelled = isCancellation(error);
    progress.closed(isCancelled ? 'cancelled' : 'failed');
    if (!isCancelled) await countForSchedule(error);
    throw error;
  }
}

type Outcome = Omit<RetrainingRecord, 'schemaVersion' | 'runId' | 'workflowId' | 'scheduledAt'>;
type Found = Pick<Outcome, 'model' | 'data' | 'check'>;

/** The steps of one retraining. */
class RetrainingSteps {
  readonly #retraining: Retraining;
  readonly #champion: ModelVersion | null;
  readonly #progress: RunProgress;

  constructor(retraining: Retraining, champion: ModelVersion | null, progress: RunProgress) {
    this.#retraining = retraining;
    this.#champion = champion;
    this.#progress = progress;
  }

  async carryOut(scheduledAt: string): Promise<Outcome> {
    const { name: model, job } = this.#retraining;
    const taskQueue = await findTaskQueue(job.resources, (text) =>
      this.#progress.note('resolve', text),
    );
    const heavy = new HeavyWork(taskQueue, new PausableWork());
    const data = await this.#resolve(heavy, scheduledAt);
    const last = await bookkeeping.findLastRetraining({ model, data, job });
    const champion = this.#champion;
    if (last !== null && champion !== null) {
      return {
        ...{ model, data, check: null, comparison: null, lifecycle: null },
        decision: 'unchanged',
        reason: `Neither data nor job has changed since the retraining ${last.runId} of ${last.at}.`,
        champion: champion.version,
      };
    }
    const located: Job = { ...job, data: data.path };
    const check = champion && (await this.#check(heavy, located, champion));
    const challenger = await this.#train(located);
    const found = { model, data, check };
    if (champion === null) return this.#takeOver(found, challenger);
    const comparison = await this.#compare(heavy, located, data, champion, challenger);
    return this.#decide(found, challenger, champion, comparison);
  }

  #resolve(heavy: HeavyWork, scheduledAt: string): Promise<DataSnapshot> {
    return this.#step('resolve', async () => {
      const request = { retraining: this.#retraining, scheduledAt };
      const data = await heavy.run(
        'resolveData',
        'find the latest data',
        this.#order('resolve', request),
      );
      return [data, `${data.path}, SHA-256 ${data.sha256.slice(0, 12)}`];
    });
  }

  #check(heavy: HeavyWork, job: Job, champion: ModelVersion): Promise<DataCheck> {
    return this.#step('check', async () => {
      const request = { job, champion, policy: this.#retraining.drift };
      const check = await heavy.run('checkData', 'shape and drift', this.#order('check', request));
      const drifted = check.columns.filter((column) => column.drifted).length;
      return [check, `${check.rows} rows; ${drifted} of ${check.columns.length} columns drifted`];
    });
  }

  #train(job: Job): Promise<LifecycleResult> {
    return this.#step('train', async () => {
      const { workflowId, runId } = workflowInfo();
      const result = await executeChild<typeof lifecycle>('lifecycle', {
        args: [job],
        workflowId: `${workflowId}/lifecycle/${runId}`,
        parentClosePolicy: 'REQUEST_CANCEL',
        memo: { requestedBy: `retraining ${workflowId}` },
        staticSummary: `${job.name}: challenger`,
      });
      return [result, `version ${result.version}, by ${result.estimator}`];
    });
  }

  #compare(
    heavy: HeavyWork,
    job: Job,
    { sha256: dataHash }: DataSnapshot,
    champion: ModelVersion,
    { package: ref, version }: LifecycleResult,
  ): Promise<Comparison> {
    return this.#step('compare', async () => {
      const challenger = { package: ref, version: version as number };
      const { promotion } = this.#retraining;
      const comparison = await heavy.run(
        'compareModels',
        'champion and challenger',
        this.#order('compare', { job, dataHash, champion, challenger, promotion }),
      );
      return [comparison, gainInWords(comparison)];
    });
  }

  async #takeOver(found: Found, challenger: LifecycleResult): Promise<Outcome> {
    const champion = await this.#promote(challenger, null);
    return {
      ...{ ...found, comparison: null, lifecycle: lifecycleOf(challenger), champion },
      decision: champion === challenger.version ? 'first' : 'kept',
      reason:
        champion === challenger.version
          ? 'There was no champion: the first version is.'
          : `Version ${champion} became champion meanwhile, and was not compared.`,
    };
  }

  async #decide(
    found: Found,
    challenger: LifecycleResult,
    { version: before }: ModelVersion,
    comparison: Comparison,
  ): Promise<Outcome> {
    const said = gainInWords(comparison);
    const common = { ...found, comparison, lifecycle: lifecycleOf(challenger) };
    if (!comparison.isBetter) {
      const reason = `Version ${before} stays champion: ${said}, which does not lie above the margin of ${comparison.margin}.`;
      this.#progress.note('promote', reason);
      return { ...common, decision: 'kept', reason, champion: before };
    }
    const champion = await this.#promote(challenger, before);
    return champion === challenger.version
      ? {
          ...{ ...common, champion, decision: 'promoted' },
          reason: `Version ${champion} is champion in place of version ${before}: ${said}, above the margin of ${comparison.margin}.`,
        }
      : {
          ...{ ...common, champion, decision: 'kept' },
          reason: `Version ${champion} became champion meanwhile, and was not compared.`,
        };
  }

  /** Makes the challenger champion, unless the champion is another one by now; gives who is. */
  #promote({ model, version }: LifecycleResult, from: number | null): Promise<number> {
    return this.#step('promote', async () => {
      const to = version as number;
      const champion = await bookkeeping.promoteChallenger({ model, from, to });
      return [champion, `version ${champion} is champion`];
    });
  }

  async #step<T>(id: RetrainingStep, work: () => Promise<[T, string]>): Promise<T> {
    const step = retrainingPlan.steps.find((each) => each.id === id);
    if (step === undefined) throw new Error(`no step '${id}'`);
    this.#progress.started(step);
    try {
      const [value, note] = await work();
      this.#progress.ended(step, 'completed', note);
      return value;
    } catch (error) {
      this.#progress.ended(step, 'failed');
      throw error;
    }
  }

  #order<Request>(label: string, request: Request) {
    const { firstExecutionRunId: runId, workflowId } = workflowInfo();
    const memoryGiB = this.#retraining.job.resources.memoryGiB ?? null;
    return { runId, workflowId, label, memoryGiB, request };
  }
}

const lifecycleOf = ({ runId, version, report }: LifecycleResult): Outcome['lifecycle'] => ({
  workflowId: `${workflowInfo().workflowId}/lifecycle/${workflowInfo().runId}`,
  ...{ runId, version: version as number, report },
});

function gainInWords({ metric, gain, interval, confidence, champion, challenger }: Comparison) {
  const show = (value: number) => Number(value.toPrecision(4));
  return `${metric} ${show(challenger.score)} against ${show(champion.score)}, a gain of ${show(gain)} (${show(100 * confidence)} % interval ${show(interval.low)} to ${show(interval.high)})`;
}
