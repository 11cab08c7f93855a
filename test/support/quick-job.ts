import type { JobInput } from '../../src/schemas/job.ts';

/**
 * One training a candidate, one trial, and no other formats: a lifecycle of all seven steps that is done in seconds,
 * for tests whose subject is not how a model is chosen. Folds, ensembles, rounds and exports have tests of their own.
 */
export const quickRetraining = {
  budget: { trials: 1 },
  validation: 'single',
  optimise: { rounds: 0, ensemble: 0 },
  refit: 'never',
} satisfies Partial<JobInput>;
export const quick = {
  ...quickRetraining,
  // Which a retraining sets itself.
  deployment: { formats: [] },
} satisfies Partial<JobInput>;

/**
 * The same as options of the command, which later ones may undo.
 * @param place of the job in what the command makes: `job.` in a schedule
 */
export const quickOptions = (place: '' | 'job.' = ''): string[] =>
  Object.entries(place === '' ? quick : quickRetraining).flatMap(([field, value]) => [
    ...['--set', `${place}${field}=${JSON.stringify(value)}`],
  ]);

/** A job that is done in seconds. */
export const quickJob = (data: string): JobInput => ({
  ...{ data, target: 'left', estimators: ['logistic'] },
  ...quick,
});
