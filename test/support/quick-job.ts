import type { JobInput } from '../../src/schemas/job.ts';

/** A job that is done in seconds. */
export const quickJob = (data: string): JobInput => ({
  ...{ data, target: 'left', estimators: ['logistic'] },
  ...{ budget: { trials: 1 }, optimise: { rounds: 0 }, refit: 'never' },
});
