import type { Plan } from '../schemas/plan.ts';

const STEPS = {
  resolve: 'Find the latest data',
  check: 'Hold it against the champion: shape and drift',
  train: 'Train a challenger: the lifecycle, as a run of its own',
  compare: 'Score champion and challenger on the same held-out rows',
  promote: 'Let the better one be champion',
};
export type RetrainingStep = keyof typeof STEPS;

/** What `retrain` does, for its record and for those who watch. */
export const retrainingPlan: Plan = {
  schemaVersion: 1,
  name: 'retrain',
  steps: Object.entries(STEPS).map(([id, summary], index, all) => ({
    id,
    uses: id,
    summary,
    inputs: {},
    outputs: [],
    after: index === 0 ? [] : [(all[index - 1] as [string, string])[0]],
  })),
  outputs: {},
};
