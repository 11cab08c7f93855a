import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ApplicationFailure,
  type Client,
  isGrpcServiceError,
  WithStartWorkflowOperation,
  WorkflowFailedError,
  type WorkflowHandle,
  type WorkflowHandleWithFirstExecutionRunId,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { canonicalHash } from '../canonical-json.ts';
import type { Config } from '../config.ts';
import { type ConnectionSettings, noTemporalServer } from '../connection.ts';
import { InputError } from '../errors.ts';
import type { ExtensionRequest } from '../schemas/extension.ts';
import { dataPaths, type Job, type JobInput } from '../schemas/job.ts';
import { modelName } from '../schemas/model-name.ts';
import { parseJob } from '../schemas/parse-job.ts';
import type { LifecycleResult } from '../schemas/run.ts';
import type { RunState } from '../schemas/run-state.ts';
import { describeDatabase } from '../schemas/sql-source.ts';
import { TaskQueue } from '../task-queues.ts';
import type { lifecycle } from '../workflows/lifecycle.ts';
import { connectClient } from './connect.ts';
import { inputErrorIn, RunFailed } from './run-failure.ts';

/** A server that is started again is back within seconds; one that is moved, within minutes. */
const LONGEST_OUTAGE_MS = 300_000;
const LOOK_AGAIN_MS = 500;
const LOOK_EVERY_MS = 300;
/** gRPC's status code for a service that can't be reached. */
const UNAVAILABLE = 14;

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

export type RunHandle = WorkflowHandle<typeof lifecycle>;
export type StartedRun = WorkflowHandleWithFirstExecutionRunId<typeof lifecycle>;

/** A run as lists show it. */
export interface RunSummary {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: string;
  readonly startTime: Date;
  readonly closeTime: Date | undefined;
}

/** How a run is started. */
export interface StartOptions {
  /** What relative paths are resolved against; default: this process's own folder. */
  readonly folder?: string;
  readonly requestedBy?: string;
  /** Workflow id; default: made of the model's name and the time. */
  readonly id?: string;
  /** More to remember of the run. */
  readonly memo?: Readonly<Record<string, unknown>>;
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

/** Starts and watches lifecycle runs: what the command uses, and what other Node backends can. */
export class LifecycleClient {
  readonly #client: Client;
  readonly settings: ConnectionSettings;

  private constructor(client: Client, settings: ConnectionSettings) {
    this.#client = client;
    this.settings = settings;
  }

  /** Connects by the standard settings; an InputError says when no server answers. */
  static async connect(config: Config): Promise<LifecycleClient> {
    const { client, settings } = await connectClient(config);
    return new LifecycleClient(client, settings);
  }

  /**
   * Starts a run. The job is checked first; its paths are resolved against `folder`, because the
   * workers have another one.
   */
  async start(input: JobInput, options: StartOptions = {}): Promise<StartedRun> {
    return this.#client.workflow.start<typeof lifecycle>('lifecycle', {
      ...lifecycleStart(input, options),
      ...(options.id !== undefined && { workflowIdReusePolicy: 'REJECT_DUPLICATE' as const }),
    });
  }

  /**
   * Starts a run under a business id, or attaches to the one that goes on under it: both in one
   * request, so that two callers at once get the same run. An InputError tells that the run under
   * way has another job. A run of this id that has ended is followed by a new one.
   */
  async startOrAttach(id: string, input: JobInput, options: StartOptions = {}): Promise<RunHandle> {
    const start = lifecycleStart(input, { ...options, id });
    const operation = new WithStartWorkflowOperation<typeof lifecycle>('lifecycle', {
      ...start,
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    try {
      const { job } = await this.#client.workflow.executeUpdateWithStart<
        typeof lifecycle,
        { readonly job: Job },
        []
      >('attach', { startWorkflowOperation: operation });
      const [wanted] = start.args;
      if (!isSameJob(wanted, job)) throw otherJob(id);
    } catch (error) {
      // A run that fails before its job is read answers nothing; its result tells why.
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    }
    return operation.workflowHandle();
  }

  /**
   * Does a closed run again from one of its steps on, by its workflow id or run id; what `set`
   * changes is named by path, such as `optimise.rounds`.
   */
  async rerun(
    reference: string,
    options: {
      readonly from: string;
      readonly set?: Readonly<Record<string, unknown>>;
      readonly folder?: string;
      readonly requestedBy?: string;
    },
  ): Promise<StartedRun> {
    const { from, set = {}, folder = process.cwd(), requestedBy } = options;
    const runId = await this.#runIdOf(reference);
    const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
    return this.#client.workflow.start<typeof lifecycle>('lifecycle', {
      taskQueue: TaskQueue.main,
      workflowId: `rerun/${runId.replaceAll('/', '-')}/${time}`,
      args: [{ rerun: { runId, from, set: withAbsolutePathsAt(set, folder) } }],
      memo: { requestedBy: requestedBy ?? `${userInfo().username} (sevenfold command)` },
      staticSummary: `rerun from ${from}`,
      staticDetails: `Run: \`${reference}\``,
    });
  }

  /** The latest run of a workflow id; what is none that Temporal knows may be a run id. */
  async #runIdOf(reference: string): Promise<string> {
    try {
      return (await this.#client.workflow.getHandle(reference).describe()).runId;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return reference;
      throw error;
    }
  }

  /** A run that exists; an InputError where there is none of this id. */
  async existing(workflowId: string): Promise<RunHandle> {
    const handle = this.#client.workflow.getHandle<typeof lifecycle>(workflowId);
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
  async result(handle: RunHandle): Promise<LifecycleResult> {
    for (let awayMs = 0; ; awayMs += LOOK_AGAIN_MS) {
      try {
        return await handle.result();
      } catch (error) {
        if (error instanceof WorkflowFailedError) throw new RunFailed(handle.workflowId, error);
        if (!isAway(error)) throw error;
        if (awayMs >= LONGEST_OUTAGE_MS) throw noTemporalServer(this.settings.address, error);
        await pause(LOOK_AGAIN_MS);
      }
    }
  }

  /** Stops a run at its checkpoints, and frees its slots until it is resumed. */
  pause(workflowId: string): Promise<void> {
    return this.#tell(workflowId, 'pause');
  }

  /** Lets a paused run go on. */
  resume(workflowId: string): Promise<void> {
    return this.#tell(workflowId, 'resume');
  }

  /** Gives a run larger totals of trials, or of epochs for the trainings after the search. */
  extend(workflowId: string, request: ExtensionRequest): Promise<void> {
    return this.#tell(workflowId, 'extend', request);
  }

  /** Where a run stands now; null while no worker can say. */
  async state(handle: RunHandle): Promise<RunState | null> {
    try {
      return await handle.query<RunState>('runState');
    } catch {
      // Not started yet, or its worker is away: the next look will tell.
      return null;
    }
  }

  /** Where a run stands, each time that it changes, until it has ended. */
  async *progress(
    handle: RunHandle,
    { everyMs = LOOK_EVERY_MS, signal }: ProgressOptions = {},
  ): AsyncGenerator<RunState> {
    const stopped = new AbortController();
    const either =
      signal === undefined ? stopped.signal : AbortSignal.any([signal, stopped.signal]);
    let isClosed = false;
    const close = () => {
      isClosed = true;
      stopped.abort();
    };
    const { connection } = this.#client;
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

  /** A page of runs, newest first. */
  async page({ size, cursor, status }: PageRequest): Promise<RunPage> {
    const query = `WorkflowType = 'lifecycle'${status === undefined ? '' : ` AND ExecutionStatus = '${status}'`}`;
    const { workflowService } = this.#client.connection;
    const found = await workflowService.listWorkflowExecutions({
      namespace: this.#client.options.namespace,
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
    for await (const run of this.#client.workflow.list({ query: "WorkflowType = 'lifecycle'" })) {
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
  async #tell(workflowId: string, update: string, request?: unknown): Promise<void> {
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

  /** The Temporal client beneath, for what this one has no word for. */
  get temporal(): Client {
    return this.#client;
  }

  async close(): Promise<void> {
    await this.#client.connection.close();
  }
}

/** Everything that a lifecycle is started with. */
export function lifecycleStart(input: JobInput, options: StartOptions) {
  const job = parseJob(input);
  const located = withAbsolutePaths(job, options.folder ?? process.cwd());
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const model = modelName(job);
  return {
    taskQueue: TaskQueue.main,
    workflowId: options.id ?? `lifecycle/${model}/${time}`,
    args: [located] as [Job],
    memo: {
      ...options.memo,
      requestedBy: options.requestedBy ?? `${userInfo().username} (sevenfold command)`,
    },
    staticSummary: `${model}: predict ${job.target}`,
    staticDetails: `Data: ${describeData(located.data)}\n\nTarget: \`${job.target}\``,
  };
}

const describeData = (data: Job['data']): string =>
  typeof data === 'object' && 'sql' in data
    ? `\`${data.sql}\` of ${describeDatabase(data)}`
    : `\`${dataPaths({ data }).join('`, `')}\``;

/** A run fills in the model's name. */
const isSameJob = (wanted: Job, found: Job): boolean =>
  canonicalHash({ ...wanted, name: modelName(wanted) }) === canonicalHash(found);

const otherJob = (id: string): InputError =>
  new InputError({
    code: 'OtherJob',
    field: 'id',
    value: id,
    expected: 'the id of no run under way, or of one with the same job',
    remedy: 'Attach to the run by its id alone, or choose another id.',
  });

const toDate = (time: { seconds?: unknown; nanos?: number | null } | null | undefined) =>
  time ? new Date(Number(time.seconds) * 1000 + Number(time.nanos) / 1e6) : undefined;

/** Paths in a rerun's changes, where the workers can find them. */
function withAbsolutePathsAt(set: Readonly<Record<string, unknown>>, folder: string) {
  const absolute = Object.entries(set).flatMap(([path, value]) => {
    // A list and a query are as a job has them; what they are is checked with the job.
    if (path === 'data' && isData(value)) return [[path, withAbsolutePath(value, folder)]];
    const isPath = /^(split\.test|data\.(sqlite|\d+))$/.test(path);
    return isPath && typeof value === 'string' ? [[path, resolve(folder, value)]] : [];
  });
  return { ...set, ...Object.fromEntries(absolute) };
}

const isData = (value: unknown): value is JobInput['data'] =>
  typeof value === 'string' ||
  (Array.isArray(value) && value.every((path) => typeof path === 'string')) ||
  (typeof value === 'object' && value !== null && 'sql' in value);

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

/** Whether the server did not answer, rather than answered with a fault. */
function isAway(error: unknown): boolean {
  if (!isGrpcServiceError(error)) return false;
  const code: number = error.code;
  return code === UNAVAILABLE;
}

function withAbsolutePath(data: JobInput['data'], folder: string): JobInput['data'] {
  if (typeof data === 'string') return resolve(folder, data);
  if (Array.isArray(data)) return data.map((path) => resolve(folder, path));
  return data.sqlite === undefined ? data : { ...data, sqlite: resolve(folder, data.sqlite) };
}

function withAbsolutePaths<J extends JobInput>(job: J, folder: string): J {
  const split =
    job.split?.kind === 'file'
      ? { split: { ...job.split, test: resolve(folder, job.split.test) } }
      : {};
  return { ...job, data: withAbsolutePath(job.data, folder), ...split };
}
