import type { Pipeline } from '../schemas/pipeline.ts';
import { plainStep } from './lifecycle-pipeline.ts';

const STEPS = {
  resolve: 'Find the latest data',
  check: 'Hold it against the champion: shape and drift',
  train: 'Train a challenger: the lifecycle, as a run of its own',
  compare: 'Score champion and challenger on the same held-out rows',
  promote: 'Let the better one be champion',
};
export type RetrainingStep = keyof typeof STEPS;

/** What `retrain` does, for its record and for those who watch. */
export const retrainingPlan: Pipeline = {
  schemaVersion: 1,
  name: 'retrain',
  description: '',
  inputs: {},
  steps: Object.entries(STEPS).map(([id, summary], index, all) => ({
    ...plainStep(id, summary, {}),
    after: index === 0 ? [] : [(all[index - 1] as [string, string])[0]],
  })),
  finally: [],
  outputs: {},
  priority: 'scheduled',
  cache: 'off',
};
