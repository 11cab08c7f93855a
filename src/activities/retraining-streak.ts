import { Context } from '@temporalio/activity';
import { ScheduleNotFoundError } from '@temporalio/client';
import { RetrainingStreak } from '../schemas/retraining-record.ts';
import { streakDocument } from '../stores/run-documents.ts';
import type { Stores } from './index.ts';

/** Of a failure, so much stands in a schedule's note. */
const LAST_WORDS = 300;

/** How a retraining that a schedule has started came to its end. */
export interface ScheduledEnd {
  readonly scheduleId: string;
  /** When the schedule was made. */
  readonly since: string;
  /** So many failures in a row pause the schedule. */
  readonly pauseAfter: number;
  readonly workflowId: string;
  readonly runId: string;
  /** Null where it did not fail. */
  readonly failure: string | null;
}

/** Counts the failures in a row of each schedule's runs: in the store, which no restart empties. */
export const createStreakActivities = ({ documents }: Pick<Stores, 'documents'>) => ({
  /** A success begins the count anew, and so does a pause. A run counts once, however often it is told. */
  async countRetraining(end: ScheduledEnd): Promise<void> {
    const { scheduleId, since, pauseAfter, runId, failure } = end;
    const key = streakDocument(scheduleId, since);
    const write = (failed: readonly string[], pausedBy: string | null) =>
      documents.write(key, RetrainingStreak.parse({ schemaVersion: 1, failed, pausedBy }));
    const found = await documents.read(key);
    const { failed, pausedBy } =
      found === null ? { failed: [], pausedBy: null } : RetrainingStreak.parse(found);
    if (failure === null) {
      if (failed.length > 0) await write([], pausedBy);
      return;
    }
    if (pausedBy === runId) return;
    const now = [...failed.filter((id) => id !== runId), runId];
    if (now.length < pauseAfter) return write(now, pausedBy);
    await pause(end, now.length);
    await write([], runId);
  },
});

async function pause(
  { scheduleId, workflowId, failure }: ScheduledEnd,
  failures: number,
): Promise<void> {
  const said = (failure ?? '').slice(0, LAST_WORDS);
  const schedule = Context.current().client.schedule.getHandle(scheduleId);
  try {
    await schedule.pause(
      `Paused, because ${failures} retrainings in a row have failed. The last, ${workflowId}: ${said} ` +
        `When that is mended: sevenfold schedule resume ${scheduleId}`,
    );
  } catch (error) {
    // Its runs may outlive it.
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
