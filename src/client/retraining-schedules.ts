import { userInfo } from 'node:os';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleSpec,
} from '@temporalio/client';
import type { Config } from '../config.ts';
import { InputError } from '../errors.ts';
import { parseRetraining, type RetrainingInput } from '../schemas/retraining.ts';
import type { RetrainingResult } from '../schemas/retraining-record.ts';
import { type OverlapName, parseScheduleTimes, type ScheduleTimes } from '../schemas/schedule.ts';
import { TaskQueue } from '../task-queues.ts';
import type { retrain } from '../workflows/retrain.ts';
import { connectClient } from './connect.ts';

const OVERLAP: Record<OverlapName, ScheduleOverlapPolicy> = {
  skip: ScheduleOverlapPolicy.SKIP,
  'buffer-one': ScheduleOverlapPolicy.BUFFER_ONE,
  'buffer-all': ScheduleOverlapPolicy.BUFFER_ALL,
  'cancel-other': ScheduleOverlapPolicy.CANCEL_OTHER,
  'terminate-other': ScheduleOverlapPolicy.TERMINATE_OTHER,
  'allow-all': ScheduleOverlapPolicy.ALLOW_ALL,
};

/** A run that a schedule has started. */
export interface ScheduledRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly scheduledAt: Date;
  readonly status: string;
  /** Null until it has come to its end. */
  readonly result: RetrainingResult | null;
}

export interface ScheduleOverview {
  readonly id: string;
  readonly paused: boolean;
  readonly note: string | undefined;
  readonly next: readonly Date[];
}

/** Schedules of the workflow `retrain`. */
export class RetrainingSchedules {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async connect(config: Config): Promise<RetrainingSchedules> {
    return new RetrainingSchedules((await connectClient(config)).client);
  }

  /** Creates a schedule; both what it runs and when are checked first. Paths are to be absolute. */
  async create(
    id: string,
    retraining: RetrainingInput,
    when: Parameters<typeof parseScheduleTimes>[0],
  ): Promise<void> {
    const { name, job } = parseRetraining(retraining);
    const times = parseScheduleTimes(when);
    const { overlap, catchUp, pauseAfter, paused, note } = times;
    // One failure is Temporal's own affair; it alone sees runs that were terminated, too.
    const pauseOnFailure = times.pauseOnFailure || pauseAfter === 1;
    await refusing(id, () =>
      this.#client.schedule.create<typeof retrain>({
        scheduleId: id,
        spec: specOf(times),
        action: {
          type: 'startWorkflow',
          workflowType: 'retrain',
          taskQueue: TaskQueue.main,
          workflowId: `retrain/${id}`,
          args: [retraining],
          memo: {
            requestedBy: `schedule ${id} of ${userInfo().username}`,
            // A schedule that is made anew under the same id begins with a count of its own.
            ...(!pauseOnFailure &&
              pauseAfter !== undefined && { pauseAfter, since: new Date().toISOString() }),
          },
          staticSummary: `${name}: retrain for ${job.target}`,
        },
        policies: { overlap: OVERLAP[overlap], catchupWindow: durationOf(catchUp), pauseOnFailure },
        state: { paused, ...(note !== undefined && { note }) },
      }),
    );
  }

  /** Schedules of retrainings; those of other workflows are not ours. */
  async *list(): AsyncIterable<ScheduleOverview> {
    for await (const { scheduleId, action, state, info } of this.#client.schedule.list()) {
      if (action?.type !== 'startWorkflow' || action.workflowType !== 'retrain') continue;
      const { paused, note } = state;
      yield { id: scheduleId, paused, note, next: info.nextActionTimes };
    }
  }

  describe(id: string): Promise<ScheduleDescription> {
    return this.#use(id, (schedule) => schedule.describe());
  }

  /** The latest runs, newest first. */
  async runs(id: string): Promise<ScheduledRun[]> {
    const { info } = await this.describe(id);
    const runs = info.recentActions.map(async ({ scheduledAt, action }): Promise<ScheduledRun> => {
      const { workflowId, firstExecutionRunId: runId } = action.workflow;
      const handle = this.#client.workflow.getHandle<typeof retrain>(workflowId, runId);
      // The server may have forgotten it.
      const status = (await handle.describe().catch(() => null))?.status.name.toLowerCase();
      const result = status === 'completed' ? await handle.result() : null;
      return { workflowId, runId, scheduledAt, status: status ?? 'forgotten', result };
    });
    return (await Promise.all(runs)).reverse();
  }

  pause(id: string, note?: string): Promise<void> {
    return this.#use(id, (schedule) => schedule.pause(note));
  }

  resume(id: string, note?: string): Promise<void> {
    return this.#use(id, (schedule) => schedule.unpause(note));
  }

  /** Starts a run now; by default none while another goes on, which is not Temporal's default. */
  trigger(id: string, overlap: OverlapName = 'skip'): Promise<void> {
    return this.#use(id, (schedule) => schedule.trigger(OVERLAP[overlap]));
  }

  /** Starts the runs that were due in the past: by default one after another. */
  backfill(id: string, from: Date, to: Date, overlap: OverlapName = 'buffer-all'): Promise<void> {
    return this.#use(id, (schedule) =>
      schedule.backfill({ start: from, end: to, overlap: OVERLAP[overlap] }),
    );
  }

  delete(id: string): Promise<void> {
    return this.#use(id, (schedule) => schedule.delete());
  }

  async close(): Promise<void> {
    await this.#client.connection.close();
  }

  #use<T>(id: string, work: (schedule: ScheduleHandle) => Promise<T>): Promise<T> {
    return refusing(id, () => work(this.#client.schedule.getHandle(id)));
  }
}

function specOf({ cron, calendars, every, timeZone, jitter }: ScheduleTimes): ScheduleSpec {
  return {
    cronExpressions: cron,
    // The SDK checks names of months and weekdays.
    calendars: calendars as NonNullable<ScheduleSpec['calendars']>,
    ...(every !== undefined && { intervals: [{ every: durationOf(every) }] }),
    ...(jitter !== undefined && { jitter: durationOf(jitter) }),
    timezone: timeZone,
  };
}

/** `30m`, `24h`, `7d` and `2w` as the SDK writes them. */
const durationOf = (length: string) => length as `${number}${'m' | 'h' | 'd' | 'w'}`;

/** What the server refuses, said as an InputError. */
async function refusing<T>(id: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const problem = problemOf(id, error);
    throw problem === null ? error : new InputError(problem, { cause: error });
  }
}

/** gRPC's status code for arguments that are not right. */
const INVALID_ARGUMENT = 3;

function problemOf(id: string, error: unknown) {
  if (error instanceof ScheduleNotFoundError) {
    return {
      ...{ code: 'ScheduleNotFound', field: 'schedule', value: id },
      ...{ expected: 'the id of a schedule', remedy: "See 'sevenfold schedule list'." },
    };
  }
  if (error instanceof ScheduleAlreadyRunning) {
    return {
      ...{ code: 'ScheduleExists', field: 'schedule', value: id },
      expected: 'an id that no schedule has',
      remedy: `Choose another, or 'sevenfold schedule delete ${id}' first.`,
    };
  }
  const { cause } = error as { cause?: { code?: number; details?: string } };
  const isRefusal = cause?.code === INVALID_ARGUMENT;
  if (!isRefusal && !(error instanceof TypeError)) return null;
  return {
    ...{ code: 'InvalidSchedule', field: 'times', value: id },
    expected: 'times that Temporal can read',
    remedy: cause?.details ?? (error as Error).message,
  };
}
