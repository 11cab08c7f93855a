import type { WorkflowHandle } from '@temporalio/client';
import type { JobInput } from '../../src/schemas/job.ts';
import type { RunState } from '../../src/schemas/run-state.ts';
import { openStores } from '../../src/stores/index.ts';
import { workUnderWay } from '../chaos/watch-logs.ts';
import type { LocalRuns } from './local-runs.ts';
import { until } from './until.ts';

type Run = Awaited<ReturnType<LocalRuns['start']>>;

/** All that a search could change is fixed, so that every training of a run is of one network. */
export const network = {
  hiddenLayers: [48, 24],
  activation: 'relu',
  optimizer: 'adam',
  learningRate: 0.001,
  schedule: { kind: 'constant' },
  batchSize: 2,
  l2: 1e-4,
  dropout: 0.1,
  patience: null,
};

/** A job whose trainings take seconds each, and keep a checkpoint several times a second. */
export const slowJob = (data: string, epochs: number, more: Partial<JobInput> = {}): JobInput => ({
  data,
  target: 'left',
  name: 'slow',
  estimators: ['mlp'],
  hyperparameters: { mlp: { ...network, epochs } },
  budget: { trials: 1 },
  // One training a candidate.
  validation: 'single',
  optimise: { rounds: 0, ensemble: 0 },
  refit: 'never',
  checkpoints: { everySeconds: 0.2 },
  ...more,
});

/** Names of the heavy activities that are on a queue or hold a slot. */
export async function heavyUnderWay(run: WorkflowHandle): Promise<string[]> {
  const { raw } = await run.describe();
  return (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name ?? '');
}

/** Waits until a training of a step has kept a checkpoint, and gives its log's name and process. */
export function untilCheckpoint(
  runs: LocalRuns,
  { firstExecutionRunId }: Run,
  label: string,
): Promise<{ lineage: string; pid: number }> {
  const { objects } = openStores({ home: runs.home.home });
  return until(async () => {
    const works = await workUnderWay(objects, firstExecutionRunId);
    return works.find(
      ({ lineage, keptAtMs, claimedAtMs }) =>
        lineage.startsWith(`${firstExecutionRunId}/${label}-`) && keptAtMs > claimedAtMs,
    );
  });
}

/** Waits until a run's state is as it should be. */
export const untilState = (
  runs: LocalRuns,
  run: Run,
  holds: (state: RunState) => boolean,
): Promise<RunState> =>
  until(async () => {
    const state = await runs.state(run);
    return state !== null && holds(state) ? state : null;
  });
