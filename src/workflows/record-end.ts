import {
  ActivityFailure,
  CancellationScope,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { BookkeepingActivities } from '../activities/index.ts';
import type { RunEnd } from '../schemas/run.ts';
import { bookkeeping as bookkeepingProfile } from './activity-profiles.ts';

const bookkeeping = proxyActivities<BookkeepingActivities>(bookkeepingProfile);

/** Records how the run ended; a cancelled run still leaves its record. */
export async function recordEnd(runId: string, status: RunEnd['status']): Promise<void> {
  const end = { status, at: new Date().toISOString() };
  try {
    await CancellationScope.nonCancellable(() => bookkeeping.closeRun({ runId, end }));
  } catch (error) {
    // A record that can't be closed ages; the run's own outcome stands.
    if (!(error instanceof ActivityFailure)) throw error;
  }
}

/** Clients say who they are in the run's memo. */
export function requestedBy(): string {
  const name = workflowInfo().memo?.['requestedBy'];
  return typeof name === 'string' ? name : 'Temporal client';
}
