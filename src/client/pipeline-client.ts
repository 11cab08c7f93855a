import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import {
  type Client,
  WorkflowFailedError,
  type WorkflowHandle,
  type WorkflowHandleWithFirstExecutionRunId,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import type { Config } from '../config.ts';
import { InputError } from '../errors.ts';
import type { CacheMode, Pipeline, Priority } from '../schemas/pipeline.ts';
import type {
  Decision,
  PipelineRequest,
  PipelineResult,
  PipelineState,
} from '../schemas/pipeline-run.ts';
import { TaskQueue } from '../task-queues.ts';
import { connectClient } from './connect.ts';
import { inputErrorIn, RunFailed } from './run-failure.ts';

/** Starts runs of graphs, watches them, and answers what they ask. */
export class PipelineClient {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** Connects by the standard settings; an InputError says when no server answers. */
  static async connect(config: Config): Promise<PipelineClient> {
    const { client } = await connectClient(config);
    return new PipelineClient(client);
  }

  /**
   * Starts a run of a graph that has been checked; paths among its inputs are resolved against
   * `folder`, because the workers have another one.
   */
  start(
    pipeline: Pipeline,
    options: {
      readonly inputs?: Readonly<Record<string, unknown>>;
      readonly folder?: string;
      readonly cache?: CacheMode | undefined;
      readonly priority?: Priority | undefined;
      readonly team?: string | undefined;
    } = {},
  ): Promise<WorkflowHandleWithFirstExecutionRunId> {
    const { inputs = {}, folder = process.cwd(), cache, priority, team } = options;
    const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
    const request: PipelineRequest = {
      pipeline,
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([name, value]) => {
          const isFile = pipeline.inputs[name]?.type === 'file' && typeof value === 'string';
          return [name, isFile ? resolve(folder, value) : value];
        }),
      ),
      ...(cache && { cache }),
      ...(priority && { priority }),
      ...(team && { team }),
    };
    return this.#client.workflow.start('pipeline', {
      taskQueue: TaskQueue.main,
      workflowId: `pipeline/${pipeline.name}/${time}`,
      args: [request],
      memo: { requestedBy: `${userInfo().username} (sevenfold command)` },
      staticSummary: pipeline.description || pipeline.name,
    });
  }

  /** The run's result; RunFailed when it ended without one. */
  async result(handle: WorkflowHandle): Promise<PipelineResult> {
    try {
      return (await handle.result()) as PipelineResult;
    } catch (error) {
      if (error instanceof WorkflowFailedError) throw new RunFailed(handle.workflowId, error);
      throw error;
    }
  }

  /** Where a run stands now; null while no worker can say. */
  async state(handle: WorkflowHandle): Promise<PipelineState | null> {
    try {
      return await handle.query<PipelineState>('pipelineState');
    } catch {
      // Not started yet, or its worker is away: the next look will tell.
      return null;
    }
  }

  /** Answers an approval; an InputError says why the run refuses it. */
  async decide(workflowId: string, decision: Decision): Promise<void> {
    const handle = this.#client.workflow.getHandle(workflowId);
    try {
      await handle.executeUpdate<void, [Decision]>('approve', { args: [decision] });
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw runNotFound(workflowId, error);
      throw (error instanceof WorkflowUpdateFailedError && inputErrorIn(error)) || error;
    }
  }

  async close(): Promise<void> {
    await this.#client.connection.close();
  }
}

const runNotFound = (workflowId: string, cause: unknown): InputError =>
  new InputError(
    {
      code: 'RunNotFound',
      field: 'workflow id',
      value: workflowId,
      expected: 'the id of a run that is under way',
      remedy: 'It was told when the run was started; the Web UI lists all.',
    },
    { cause },
  );
