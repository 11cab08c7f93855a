import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ApplicationFailure,
  Client,
  Connection,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import { arrayFromPayloads, defaultPayloadConverter } from '@temporalio/common';
import type { TaskProgress } from '../../src/compute/compute-task.ts';
import { StepRecord } from '../../src/schemas/run.ts';
import type { RunState } from '../../src/schemas/run-state.ts';
import { CommandHome } from './command.ts';
import { childrenOf } from './processes.ts';
import { until } from './until.ts';

type Run = WorkflowHandleWithFirstExecutionRunId;

/** A local stack of its own, and a Temporal client that knows nothing of Sevenfold. */
export class LocalRuns {
  readonly home: CommandHome;
  readonly client: Client;
  #started = 0;

  private constructor(home: CommandHome, client: Client) {
    this.home = home;
    this.client = client;
  }

  /** @param home where its stack lies; removed with it */
  static async create(home?: CommandHome): Promise<LocalRuns> {
    return LocalRuns.#start(home ?? (await CommandHome.create()));
  }

  static async #start(home: CommandHome): Promise<LocalRuns> {
    const { json, stderr } = await home.runHere('dev', '--detach', '--json');
    const { address } = json as { address?: string };
    if (address === undefined) throw new Error(stderr);
    const connection = await Connection.connect({ address });
    return new LocalRuns(home, new Client({ connection }));
  }

  async remove(): Promise<void> {
    await this.client.connection.close();
    await this.home.remove();
  }

  /** A client for a namespace of its own, which no worker of the stack serves. */
  async namespace(namespace: string): Promise<Client> {
    const { connection } = this.client;
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as unknown as Long },
    });
    return new Client({ connection, namespace });
  }

  /** Starts a lifecycle with these arguments, whatever they are. */
  start(...args: unknown[]): Promise<Run> {
    const workflowId = `plain-${++this.#started}`;
    return this.client.workflow.start('lifecycle', { taskQueue: 'sevenfold', workflowId, args });
  }

  /** Where a run stands, as its query tells; null while nobody can. */
  state(run: Run): Promise<RunState | null> {
    return run.query<RunState>('runState').catch(() => null);
  }

  /** Until a look at where a run stands shows something. */
  untilState<T>(run: Run, look: (state: RunState) => T): Promise<NonNullable<T>> {
    const again = async () => {
      const state = await this.state(run);
      return state === null ? null : look(state);
    };
    // Each look is work for the worker that is looked at.
    return until(again, { everyMs: 100 });
  }

  /** Until a training of a network has told of this epoch, or a later one. */
  untilEpoch(run: Pick<Run, 'describe'>, least: number, since = 0): Promise<number> {
    const again = async () => {
      const { pendingActivities } = (await run.describe()).raw;
      const progress = pendingActivities?.flatMap(({ heartbeatDetails, lastHeartbeatTime }) =>
        Number(lastHeartbeatTime?.seconds ?? 0) > since
          ? arrayFromPayloads(defaultPayloadConverter, heartbeatDetails?.payloads)
          : [],
      ) as { progress: TaskProgress | null }[];
      return progress
        .flatMap((beat) => (beat.progress?.kind === 'training' ? [beat.progress.training] : []))
        .find(({ estimator, epoch }) => estimator === 'mlp' && epoch >= least)?.epoch;
    };
    return until(again, { everyMs: 100 });
  }

  /** What the Web UI shows of a run that is under way. */
  async currentDetails(run: Run): Promise<string> {
    const metadata = await run.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    return metadata.currentDetails ?? '';
  }

  /** What a run failed by: the failure that carries the type and the details. */
  async failure(run: Pick<Run, 'result'>): Promise<ApplicationFailure> {
    const error: unknown = await run.result().then(
      () => new Error('The run did not fail.'),
      (error: unknown) => error,
    );
    let cause = error;
    while (cause instanceof Error && !(cause instanceof ApplicationFailure)) cause = cause.cause;
    if (cause instanceof ApplicationFailure) return cause;
    throw error;
  }

  /** The record of one step of a run; null while there is none. */
  async stepRecord(
    { firstExecutionRunId }: Pick<Run, 'firstExecutionRunId'>,
    step: string,
  ): Promise<StepRecord | null> {
    const path = `documents/runs/${firstExecutionRunId}/steps/${step}.json`;
    const text = await readFile(join(this.home.home, path), 'utf8').catch(() => null);
    return text === null ? null : StepRecord.parse(JSON.parse(text));
  }

  /** States of a run's trainings that are not done, by their logs. */
  async checkpoints({ firstExecutionRunId }: Run): Promise<string[]> {
    const folder = join(this.home.home, 'checkpoints', firstExecutionRunId);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => entry.isFile() && entry.parentPath.endsWith('blobs'))
      .map(({ name }) => name);
  }

  /** Trainer processes under the worker for CPUs. */
  async trainers(): Promise<number[]> {
    const stack = JSON.parse(await readFile(join(this.home.home, 'stack.json'), 'utf8')) as {
      processes: { name: string; pid: number }[];
    };
    const worker = stack.processes.find(({ name }) => name === 'worker-cpu')?.pid ?? 0;
    return childrenOf(worker, 'compute/main');
  }
}
