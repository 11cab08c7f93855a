import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Client, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { canonicalHash } from '../canonical-json.ts';
import type { Config } from '../config.ts';
import type { ConnectionSettings } from '../connection.ts';
import { inputDefaults } from '../pipelines/input-defaults.ts';
import { mapFiles } from '../pipelines/map-files.ts';
import { pipelineHash } from '../pipelines/parse-pipeline.ts';
import type { CacheMode, Pipeline, Priority } from '../schemas/pipeline.ts';
import type {
  AskedPipeline,
  Decision,
  PipelineRequest,
  PipelineResult,
  PipelineState,
} from '../schemas/pipeline-run.ts';
import { TaskQueue } from '../task-queues.ts';
import { connectClient } from './connect.ts';
import { RunClient, type RunHandle } from './run-client.ts';
import { RUN_KINDS } from './run-kinds.ts';

/** How a run of a graph is started. */
export interface PipelineStartOptions {
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** What relative paths among the inputs are resolved against; default: this process's own folder. */
  readonly folder?: string;
  readonly cache?: CacheMode | undefined;
  readonly priority?: Priority | undefined;
  readonly team?: string | undefined;
  readonly requestedBy?: string;
  /** Workflow id; default: made of the graph's name and the time. */
  readonly id?: string;
  /** More to remember of the run. */
  readonly memo?: Readonly<Record<string, unknown>>;
}

/** Starts runs of graphs, watches them, and answers what they ask. */
export class PipelineClient extends RunClient<PipelineState, PipelineResult> {
  constructor(client: Client, settings: ConnectionSettings) {
    super(client, settings, RUN_KINDS.graph);
  }

  /** Connects by the standard settings; an InputError says when no server answers. */
  static async connect(config: Config): Promise<PipelineClient> {
    const { client, settings } = await connectClient(config);
    return new PipelineClient(client, settings);
  }

  /**
   * Starts a run of a graph that has been checked; paths among its inputs are resolved against
   * `folder`, because the workers have another one.
   */
  start(
    pipeline: Pipeline,
    options: PipelineStartOptions = {},
  ): Promise<WorkflowHandleWithFirstExecutionRunId> {
    return this.temporal.workflow.start('pipeline', {
      ...pipelineStart(pipeline, options),
      ...(options.id !== undefined && { workflowIdReusePolicy: 'REJECT_DUPLICATE' as const }),
    });
  }

  /**
   * Starts a run under a business id, or attaches to the one that goes on under it with the same
   * graph, inputs and options.
   */
  startOrAttach(
    id: string,
    pipeline: Pipeline,
    options: PipelineStartOptions = {},
  ): Promise<RunHandle> {
    const start = pipelineStart(pipeline, { ...options, id });
    const [wanted] = start.args;
    return this.attach(start, (asked: AskedPipeline) => isSameRequest(pipeline, wanted, asked));
  }

  /** Answers an approval; an InputError says why the run refuses it. */
  decide(workflowId: string, decision: Decision): Promise<void> {
    return this.tell(workflowId, 'approve', decision);
  }
}

/** Everything that a run of a graph is started with. */
export function pipelineStart(pipeline: Pipeline, options: PipelineStartOptions) {
  const { inputs = {}, folder = process.cwd(), cache, priority, team } = options;
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const request: PipelineRequest = {
    pipeline,
    inputs: withAbsoluteFiles(pipeline, inputs, folder),
    ...(cache && { cache }),
    ...(priority && { priority }),
    ...(team && { team }),
  };
  return {
    taskQueue: TaskQueue.main,
    workflowId: options.id ?? `pipeline/${pipeline.name}/${time}`,
    args: [request] as [PipelineRequest],
    memo: {
      ...options.memo,
      requestedBy: options.requestedBy ?? `${userInfo().username} (sevenfold command)`,
    },
    staticSummary: pipeline.description || pipeline.name,
  };
}

/** A run fills in what is not given. */
const isSameRequest = (
  pipeline: Pipeline,
  { inputs = {}, cache, priority = pipeline.priority, team }: PipelineRequest,
  asked: AskedPipeline,
): boolean =>
  canonicalHash({
    hash: pipelineHash(pipeline),
    inputs: { ...inputDefaults(pipeline), ...inputs },
    options: { cache: cache ?? null, priority, team: team ?? pipeline.team ?? null },
  }) === canonicalHash({ hash: asked.hash, inputs: asked.inputs, options: asked.options });

const withAbsoluteFiles = (
  { inputs: declared }: Pipeline,
  inputs: Readonly<Record<string, unknown>>,
  folder: string,
) =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name,
      mapFiles(value, declared[name]?.type ?? 'any', (path) => resolve(folder, path)),
    ]),
  );
