import { setTimeout as pause } from 'node:timers/promises';
import {
  ApplicationFailure,
  type Client,
  WithStartWorkflowOperation,
  type Workflow,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  type WorkflowStartOptions,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { type ConnectionSettings, noTemporalServer } from '../connection.ts';
import { InputError } from '../errors.ts';
import { grpcCode, UNAVAILABLE } from './grpc-code.ts';
import { inputErrorIn, RunFailed } from './run-failure.ts';

/** A server that is started again is back within seconds; one that is moved, within minutes. */
const LONGEST_OUTAGE_MS = 300_000;
const LOOK_AGAIN_MS = 500;
const LOOK_EVERY_MS = 300;

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

export type RunHandle = WorkflowHandle;

type WorkflowStart = WorkflowStartOptions & { readonly args: unknown[] };

/** A run as lists show it. */
export interface RunSummary {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: string;
  readonly startTime: Date;
  readonly closeTime: Date | undefined;
}

export interface ProgressOptions {
  readonly everyMs?: number;
  /** Ends the iteration; the run goes on. */
  readonly signal?: AbortSignal;
}

interface PageRequest {
  readonly size: number;
  readonly cursor?: Uint8Array | undefined;
  readonly status?: RunStatusName | undefined;
}

export interface RunPage {
  readonly runs: readonly RunSummary[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: Uint8Array | undefined;
}

/** What tells one kind of run from another. */
interface RunKind {
  readonly workflowType: string;
  /** The query that tells where one stands. */
  readonly stateQuery: string;
  /** Which workflows of the type are runs by themselves, in Temporal's list filter; default: all. */
  readonly filter?: string;
}

/** Watches and steers runs of one kind: what clients of lifecycles and of graphs have in common. */
export class RunClient<State, Result> {
  /** The Temporal client beneath, for what this one has no word for. */
  readonly temporal: Client;
  readonly settings: ConnectionSettings;
  readonly kind: RunKind;

  constructor(client: Client, settings: ConnectionSettings, kind: RunKind) {
    this.temporal = client;
    this.settings = settings;
    this.kind = kind;
  }

  /** A run that exists; an InputError where there is none of this id. */
  async existing(workflowId: string): Promise<RunHandle> {
    const handle = this.temporal.workflow.getHandle(workflowId);
    try {
      await handle.describe();
      return handle;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw new InputError({
        code: 'RunNotFound',
        field: 'workflow id',
        value: workflowId,
        expected: 'the id of a run',
        remedy: "See 'sevenfold list'.",
      });
    }
  }

  /** The run's result, waited for through outages of the server; RunFailed when it ended without one. */
  async result(handle: RunHandle): Promise<Result> {
    for (let awayMs = 0; ; awayMs += LOOK_AGAIN_MS) {
      try {
        return (await handle.result()) as Result;
      } catch (error) {
        if (error instanceof WorkflowFailedError) throw new RunFailed(handle.workflowId, error);
        // What the server answers is a fault of the request.
        if (grpcCode(error) !== UNAVAILABLE) throw error;
        if (awayMs >= LONGEST_OUTAGE_MS) throw noTemporalServer(this.settings.address, error);
        await pause(LOOK_AGAIN_MS);
      }
    }
  }

  /** Stops a run at its checkpoints, and frees its slots until it is resumed. */
  pause(workflowId: string): Promise<void> {
    return this.tell(workflowId, 'pause');
  }

  /** Lets a paused run go on. */
  resume(workflowId: string): Promise<void> {
    return this.tell(workflowId, 'resume');
  }

  /** Where a run stands now; null while no worker can say. */
  async state(handle: RunHandle): Promise<State | null> {
    try {
      return await handle.query<State>(this.kind.stateQuery);
    } catch {
      // Not started yet, or its worker is away: the next look will tell.
      return null;
    }
  }

  /** Where a run stands, each time that it changes, until it has ended. */
  async *progress(
    handle: RunHandle,
    { everyMs = LOOK_EVERY_MS, signal }: ProgressOptions = {},
  ): AsyncGenerator<State> {
    const stopped = new AbortController();
    const either =
      signal === undefined ? stopped.signal : AbortSignal.any([signal, stopped.signal]);
    let isClosed = false;
    const close = () => {
      isClosed = true;
      stopped.abort();
    };
    const { connection } = this.temporal;
    const closed = connection.withAbortSignal(either, () => this.result(handle)).then(close, close);
    let shown = '';
    try {
      for (;;) {
        // Looked at once more after the end: what happened since the last look.
        const isLast = isClosed;
        const state = await this.state(handle);
        const text = JSON.stringify(state);
        if (state !== null && text !== shown) yield state;
        shown = text;
        if (isLast || signal?.aborted === true) return;
        await pause(everyMs, undefined, { signal: either }).catch(() => undefined);
      }
    } finally {
      stopped.abort();
      await closed;
    }
  }

  /** Asks a run to stop: what is under way keeps a checkpoint, and the run closes as cancelled. */
  async cancel(workflowId: string): Promise<void> {
    await (await this.existing(workflowId)).cancel();
  }

  /**
   * Starts a run under the id that it names, or attaches to the one that goes on under it: both in
   * one request, so that two callers at once get the same run. A run of this id that has ended is
   * followed by a new one.
   * @param isSame whether the run under way was asked for the same; an InputError tells that it was not
   */
  protected async attach<Asked>(
    start: WorkflowStart,
    isSame: (asked: Asked) => boolean,
  ): Promise<RunHandle> {
    const operation = new WithStartWorkflowOperation(this.kind.workflowType, {
      ...start,
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    try {
      const asked = await this.temporal.workflow.executeUpdateWithStart<Workflow, Asked, []>(
        'attach',
        { startWorkflowOperation: operation },
      );
      if (!isSame(asked)) throw otherRequest(start.workflowId);
    } catch (error) {
      // A run that fails before it has read what it was asked for answers nothing; its result tells why.
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    }
    return operation.workflowHandle();
  }

  /** A page of runs, newest first. */
  async page({ size, cursor, status }: PageRequest): Promise<RunPage> {
    const query = this.#query(status);
    const { workflowService } = this.temporal.connection;
    const found = await workflowService.listWorkflowExecutions({
      namespace: this.temporal.options.namespace,
      ...{ query, pageSize: size, nextPageToken: cursor ?? new Uint8Array() },
    });
    const runs = found.executions.map(
      ({ execution, status, startTime, closeTime }): RunSummary => ({
        workflowId: execution?.workflowId ?? '',
        runId: execution?.runId ?? '',
        status: STATUS_NAMES[status ?? 0] ?? 'unknown',
        startTime: toDate(startTime) ?? new Date(0),
        closeTime: toDate(closeTime),
      }),
    );
    const { nextPageToken } = found;
    return { runs, next: nextPageToken.length === 0 ? undefined : nextPageToken };
  }

  /** Runs, newest first. */
  async *list(limit: number): AsyncIterable<RunSummary> {
    let count = 0;
    for await (const run of this.temporal.workflow.list({ query: this.#query() })) {
      if (count++ === limit) return;
      yield {
        workflowId: run.workflowId,
        runId: run.runId,
        status: run.status.name.toLowerCase(),
        startTime: run.startTime,
        closeTime: run.closeTime,
      };
    }
  }

  /** Sends an Update; an InputError says why the run refuses it. */
  protected async tell(workflowId: string, update: string, request?: unknown): Promise<void> {
    const handle = await this.existing(workflowId);
    try {
      await handle.executeUpdate<void, [unknown]>(update, { args: [request] });
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || hasEndedMeanwhile(error)) {
        throw runClosed(workflowId, error);
      }
      throw (error instanceof WorkflowUpdateFailedError && inputErrorIn(error)) || error;
    }
  }

  #query(status?: RunStatusName): string {
    const { workflowType, filter } = this.kind;
    return [
      `WorkflowType = '${workflowType}'`,
      ...(filter === undefined ? [] : [filter]),
      ...(status === undefined ? [] : [`ExecutionStatus = '${status}'`]),
    ].join(' AND ');
  }

  async close(): Promise<void> {
    await this.temporal.connection.close();
  }
}

const toDate = (time: { seconds?: unknown; nanos?: number | null } | null | undefined) =>
  time ? new Date(Number(time.seconds) * 1000 + Number(time.nanos) / 1e6) : undefined;

const otherRequest = (id: string): InputError =>
  new InputError({
    code: 'OtherRequest',
    field: 'id',
    value: id,
    expected: 'the id of no run under way, or of one that was asked for the same',
    remedy: 'Attach to the run by its id alone, or choose another id.',
  });

const runClosed = (workflowId: string, cause: unknown): InputError =>
  new InputError(
    {
      code: 'RunClosed',
      field: 'workflow id',
      value: workflowId,
      expected: 'a run that is under way',
      remedy: `It has ended: see 'sevenfold attach ${workflowId}'.`,
    },
    { cause },
  );

/** Whether a run took an update as its last act, and was gone before it had answered. */
const hasEndedMeanwhile = (error: unknown): boolean =>
  error instanceof WorkflowUpdateFailedError &&
  error.cause instanceof ApplicationFailure &&
  error.cause.type === 'AcceptedUpdateCompletedWorkflow';
