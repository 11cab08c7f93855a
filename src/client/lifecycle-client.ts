import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import {
  type Client,
  type WorkflowHandleWithFirstExecutionRunId,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { canonicalHash } from '../canonical-json.ts';
import type { Config } from '../config.ts';
import type { ConnectionSettings } from '../connection.ts';
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
import { RunClient, type RunHandle } from './run-client.ts';
import { RUN_KINDS } from './run-kinds.ts';

export type StartedRun = WorkflowHandleWithFirstExecutionRunId<typeof lifecycle>;

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

/** Starts and watches lifecycle runs: what the command uses, and what other Node backends can. */
export class LifecycleClient extends RunClient<RunState, LifecycleResult> {
  constructor(client: Client, settings: ConnectionSettings) {
    super(client, settings, RUN_KINDS.lifecycle);
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
    return this.temporal.workflow.start<typeof lifecycle>('lifecycle', {
      ...lifecycleStart(input, options),
      ...(options.id !== undefined && { workflowIdReusePolicy: 'REJECT_DUPLICATE' as const }),
    });
  }

  /** Starts a run under a business id, or attaches to the one that goes on under it with the same job. */
  startOrAttach(id: string, input: JobInput, options: StartOptions = {}): Promise<RunHandle> {
    const start = lifecycleStart(input, { ...options, id });
    const [wanted] = start.args;
    return this.attach(start, ({ job }: { readonly job: Job }) => isSameJob(wanted, job));
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
    return this.temporal.workflow.start<typeof lifecycle>('lifecycle', {
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
      return (await this.temporal.workflow.getHandle(reference).describe()).runId;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return reference;
      throw error;
    }
  }

  /** Gives a run larger totals of trials, or of epochs for the trainings after the search. */
  extend(workflowId: string, request: ExtensionRequest): Promise<void> {
    return this.tell(workflowId, 'extend', request);
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
