import {
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  proxyActivities,
  startChild,
} from '@temporalio/workflow';
import type { BookkeepingActivities } from '../activities/index.ts';
import type { Announcement, WebhookTarget } from '../schemas/announcement.ts';
import { delivery } from './activity-profiles.ts';

const { deliverWebhook } = proxyActivities<BookkeepingActivities>(delivery);

/** What an announced run is started with. */
export interface AnnouncedRunInput {
  readonly run: {
    /** Default: `lifecycle`. */
    readonly workflowType?: 'lifecycle' | 'pipeline';
    readonly workflowId: string;
    readonly input: unknown;
    readonly requestedBy: string;
    readonly summary: string;
  };
  readonly webhook: WebhookTarget;
}

/**
 * Runs a lifecycle or a graph, and announces its end by a webhook. The run is a child that goes on by itself,
 * so that cancelling the announcement does not cancel the run.
 */
export async function announcedRun({ run, webhook }: AnnouncedRunInput): Promise<void> {
  const child = await startChild(run.workflowType ?? 'lifecycle', {
    args: [run.input],
    workflowId: run.workflowId,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    parentClosePolicy: 'ABANDON',
    memo: { requestedBy: run.requestedBy },
    staticSummary: run.summary,
  });
  const data = { id: run.workflowId, runId: child.firstExecutionRunId };
  const announcement = await child.result().then(
    (result: Announcement['data']['result']) => completed(data, result),
    (error: unknown) => ended(data, error),
  );
  await deliverWebhook({ webhook, announcement });
}

type Which = Pick<Announcement['data'], 'id' | 'runId'>;
const now = () => new Date().toISOString();

const completed = (data: Which, result: Announcement['data']['result']): Announcement => ({
  type: 'run.completed',
  timestamp: now(),
  data: { ...data, result, failure: null },
});

function ended(data: Which, error: unknown): Announcement {
  // Not the run's end, but this workflow's own.
  if (!(error instanceof ChildWorkflowFailure)) throw error;
  if (isCancellation(error)) {
    return {
      type: 'run.cancelled',
      timestamp: now(),
      data: { ...data, result: null, failure: null },
    };
  }
  const cause = innermost(error);
  const isKnown = cause instanceof ApplicationFailure;
  const failure = {
    code: (isKnown ? cause.type : undefined) ?? cause.name,
    message: cause.message,
    problem: isKnown ? (cause.details?.[0] ?? null) : null,
  };
  return { type: 'run.failed', timestamp: now(), data: { ...data, result: null, failure } };
}

function innermost(error: Error): Error {
  let current = error;
  while (current.cause instanceof Error) current = current.cause;
  return current;
}
