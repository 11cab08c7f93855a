import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { CancellationScope, proxyActivities, rootCause, workflowInfo } from '@temporalio/workflow';
import type { BookkeepingActivities } from '../activities/index.ts';
import { bookkeeping } from './activity-profiles.ts';

const { countRetraining } = proxyActivities<BookkeepingActivities>(bookkeeping);
const scheduledBy = defineSearchAttributeKey('TemporalScheduledById', SearchAttributeType.KEYWORD);

/**
 * Counts how this retraining ended, if a schedule has started it that is to pause after so many
 * failures in a row.
 * @param failure null where it did not fail
 */
export async function countForSchedule(failure: unknown): Promise<void> {
  const { memo, typedSearchAttributes, workflowId, firstExecutionRunId: runId } = workflowInfo();
  const pauseAfter = memo?.['pauseAfter'];
  const scheduleId = typedSearchAttributes.get(scheduledBy);
  if (typeof pauseAfter !== 'number' || scheduleId === undefined) return;
  const since = memo?.['since'];
  const said = failure === null ? null : (rootCause(failure) ?? 'of unknown cause');
  await CancellationScope.nonCancellable(() =>
    countRetraining({
      scheduleId,
      since: typeof since === 'string' ? since : '',
      pauseAfter,
      workflowId,
      runId,
      failure: said,
    }),
  );
}
