import type { Client } from '@temporalio/client';
import { kindOfWorkflow, type RunKind, type RunKindName } from './run-kinds.ts';

/** How a run can stand, by the server's numbers of execution statuses. */
const STATUS_NAMES = [
  ...['unknown', 'running', 'completed', 'failed', 'canceled', 'terminated'],
  ...['continued_as_new', 'timed_out', 'paused'],
];
/** As in lists: there the server writes `canceled`, and the SDK elsewhere `CANCELLED`. */
export const statusOf = ({ name }: { readonly name: string }): string =>
  name.toLowerCase().replace('cancelled', 'canceled');

export const RUN_STATUSES = ['Running', 'Completed', 'Failed', 'Canceled', 'Terminated'] as const;
export type RunStatusName = (typeof RUN_STATUSES)[number];

/** A run as lists show it. */
export interface RunSummary {
  readonly workflowId: string;
  readonly runId: string;
  readonly kind: RunKindName;
  readonly status: string;
  readonly startTime: Date;
  readonly closeTime: Date | undefined;
}

/** Which runs are asked for. */
export interface RunFilter {
  readonly kinds: readonly RunKind[];
  readonly status?: RunStatusName | undefined;
}

export interface RunPage {
  readonly runs: readonly RunSummary[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: Uint8Array | undefined;
}

const LARGEST_PAGE = 100;

/** A page of runs, newest first. */
export async function pageOfRuns(
  client: Client,
  filter: RunFilter,
  { size, cursor }: { readonly size: number; readonly cursor?: Uint8Array | undefined },
): Promise<RunPage> {
  const found = await client.connection.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    query: queryOf(filter),
    ...{ pageSize: size, nextPageToken: cursor ?? new Uint8Array() },
  });
  const runs = found.executions.map(
    ({ execution, type, status, startTime, closeTime }): RunSummary => ({
      workflowId: execution?.workflowId ?? '',
      runId: execution?.runId ?? '',
      kind: (kindOfWorkflow(type?.name ?? '') as RunKind).name,
      status: STATUS_NAMES[status ?? 0] ?? 'unknown',
      startTime: toDate(startTime) ?? new Date(0),
      closeTime: toDate(closeTime),
    }),
  );
  const { nextPageToken } = found;
  return { runs, next: nextPageToken.length === 0 ? undefined : nextPageToken };
}

/** At most so many runs, newest first. */
export async function listRuns(
  client: Client,
  filter: RunFilter,
  limit: number,
): Promise<RunSummary[]> {
  const listed: RunSummary[] = [];
  let cursor: Uint8Array | undefined;
  do {
    const size = Math.min(LARGEST_PAGE, limit - listed.length);
    const page = await pageOfRuns(client, filter, { size, cursor });
    listed.push(...page.runs);
    cursor = page.next;
  } while (cursor !== undefined && listed.length < limit);
  return listed;
}

function queryOf({ kinds, status }: RunFilter): string {
  const ofKind = ({ workflowType, filter }: RunKind) =>
    `(WorkflowType = '${workflowType}'${filter === undefined ? '' : ` AND ${filter}`})`;
  const anyKind = kinds.map(ofKind).join(' OR ');
  return status === undefined ? anyKind : `(${anyKind}) AND ExecutionStatus = '${status}'`;
}

const toDate = (time: { seconds?: unknown; nanos?: number | null } | null | undefined) =>
  time ? new Date(Number(time.seconds) * 1000 + Number(time.nanos) / 1e6) : undefined;
