import { setTimeout as pause } from 'node:timers/promises';
import {
  ApplicationFailure,
  type Client,
  WithStartWorkflowOperation,
  type Workflow,
  type WorkflowExecutionDescription,
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
import { kindOfWorkflow, RUN_KINDS, type RunKind } from './run-kinds.ts';

/** A server that is started again is back within seconds; one that is moved, within minutes. */
const LONGEST_OUTAGE_MS = 300_000;
const LOOK_AGAIN_MS = 500;
const LOOK_EVERY_MS = 300;

export type RunHandle = WorkflowHandle;

type WorkflowStart = WorkflowStartOptions & { readonly args: unknown[] };

export interface ProgressOptions {
  readonly everyMs?: number;
  /** Ends the iteration; the run goes on. */
  readonly signal?: AbortSignal;
}

/** A run that was found. */
export interface FoundRun {
  readonly handle: RunHandle;
  readonly kind: RunKind;
  readonly description: WorkflowExecutionDescription;
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

  /** A run of any kind; an InputError where there is none of this id. */
  async find(workflowId: string): Promise<FoundRun> {
    const handle = this.temporal.workflow.getHandle(workflowId);
    try {
      const description = await handle.describe();
      const kind = kindOfWorkflow(description.type);
      // What else goes on in the namespace is nobody's business here.
      if (kind !== undefined) return { handle, kind, description };
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
    throw new InputError({
      code: 'RunNotFound',
      field: 'workflow id',
      value: workflowId,
      expected: 'the id of a run',
      remedy: "See 'sevenfold list'.",
    });
  }

  async existing(workflowId: string): Promise<RunHandle> {
    return (await this.find(workflowId)).handle;
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
  protected async attach(
    start: WorkflowStart,
    isSame: (asked: never) => boolean,
  ): Promise<RunHandle> {
    const operation = new WithStartWorkflowOperation(this.kind.workflowType, {
      ...start,
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    try {
      const asked = await this.temporal.workflow.executeUpdateWithStart<Workflow, never, []>(
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

  /** Sends an Update; an InputError says why the run refuses it. */
  protected async tell(workflowId: string, update: string, request?: unknown): Promise<void> {
    const { handle, kind } = await this.find(workflowId);
    if (!kind.updates.includes(update)) throw wrongKind(workflowId, kind, update);
    try {
      await handle.executeUpdate<void, [unknown]>(update, { args: [request] });
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || hasEndedMeanwhile(error)) {
        throw runClosed(workflowId, error);
      }
      throw (error instanceof WorkflowUpdateFailedError && inputErrorIn(error)) || error;
    }
  }

  async close(): Promise<void> {
    await this.temporal.connection.close();
  }
}

function wrongKind(workflowId: string, { name, updates }: RunKind, update: string): InputError {
  const able = Object.values(RUN_KINDS).filter((kind) => kind.updates.includes(update));
  const told = updates.length === 0 ? 'can be cancelled alone' : `takes ${updates.join(', ')}`;
  return new InputError({
    code: 'WrongKindOfRun',
    field: 'workflow id',
    value: workflowId,
    expected: `a run that can be told '${update}': ${able.map((kind) => kind.name).join(', ')}`,
    remedy: `This is a ${name}, which ${told}; what runs in it is listed by 'sevenfold list', too.`,
  });
}

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
