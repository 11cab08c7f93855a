import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Client,
  isGrpcServiceError,
  WorkflowFailedError,
  type WorkflowHandle,
  type WorkflowHandleWithFirstExecutionRunId,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import type { Config } from '../config.ts';
import { type ConnectionSettings, noTemporalServer } from '../connection.ts';
import { InputError } from '../errors.ts';
import type { ExtensionRequest } from '../schemas/extension.ts';
import type { JobInput } from '../schemas/job.ts';
import { modelName } from '../schemas/model-name.ts';
import { parseJob } from '../schemas/parse-job.ts';
import type { LifecycleResult } from '../schemas/run.ts';
import type { RunState } from '../schemas/run-state.ts';
import { TaskQueue } from '../task-queues.ts';
import type { lifecycle } from '../workflows/lifecycle.ts';
import { connectClient } from './connect.ts';
import { inputErrorIn, RunFailed } from './run-failure.ts';

/** A server that is started again is back within seconds; one that is moved, within minutes. */
const LONGEST_OUTAGE_MS = 300_000;
const LOOK_AGAIN_MS = 500;
/** gRPC's status code for a service that can't be reached. */
const UNAVAILABLE = 14;

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
  async start(
    input: JobInput,
    options: { readonly folder?: string; readonly requestedBy?: string } = {},
  ): Promise<StartedRun> {
    const job = parseJob(input);
    const folder = options.folder ?? process.cwd();
    const located = withAbsolutePaths(job, folder);
    const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
    const model = modelName(job);
    return this.#client.workflow.start<typeof lifecycle>('lifecycle', {
      taskQueue: TaskQueue.main,
      workflowId: `lifecycle/${model}/${time}`,
      args: [located],
      memo: { requestedBy: options.requestedBy ?? `${userInfo().username} (sevenfold command)` },
      staticSummary: `${model}: predict ${job.target}`,
      staticDetails: `Data: \`${located.data}\`\n\nTarget: \`${job.target}\``,
    });
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
      if (error instanceof WorkflowNotFoundError) throw runClosed(workflowId, error);
      throw (error instanceof WorkflowUpdateFailedError && inputErrorIn(error)) || error;
    }
  }

  async close(): Promise<void> {
    await this.#client.connection.close();
  }
}

/** Paths in a rerun's changes, where the workers can find them. */
function withAbsolutePathsAt(set: Readonly<Record<string, unknown>>, folder: string) {
  const absolute = ['data', 'split.test'].flatMap((path) => {
    const value = set[path];
    return typeof value === 'string' ? [[path, resolve(folder, value)]] : [];
  });
  return { ...set, ...Object.fromEntries(absolute) };
}

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

/** Whether the server did not answer, rather than answered with a fault. */
function isAway(error: unknown): boolean {
  if (!isGrpcServiceError(error)) return false;
  const code: number = error.code;
  return code === UNAVAILABLE;
}

function withAbsolutePaths<J extends JobInput>(job: J, folder: string): J {
  const split =
    job.split?.kind === 'file'
      ? { split: { ...job.split, test: resolve(folder, job.split.test) } }
      : {};
  return { ...job, data: resolve(folder, job.data), ...split };
}
