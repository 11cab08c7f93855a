import type { WorkflowHandle } from '@temporalio/client';
import type { PipelineState } from '../../src/schemas/pipeline-run.ts';
import { until } from './until.ts';

/** The epochs that the first step of a graph tells of as it goes, until the run has ended. */
export class ToldEpochs {
  readonly all: number[] = [];
  readonly ended: Promise<void>;

  constructor(run: Pick<WorkflowHandle, 'query'>) {
    const look = async () => {
      const state = await run.query<PipelineState>('pipelineState').catch(() => null);
      const [, epoch] = /epoch (\d+)/.exec(state?.steps[0]?.note ?? '') ?? [];
      if (epoch !== undefined && Number(epoch) !== this.all.at(-1)) this.all.push(Number(epoch));
      return state !== null && state.status !== 'running';
    };
    this.ended = until(look, { everyMs: 50 }).then(() => undefined);
  }

  /** Until it has told of this epoch, or a later one. */
  async reached(epoch: number): Promise<void> {
    await until(() => (this.all.at(-1) ?? 0) >= epoch, { everyMs: 20 });
  }
}
