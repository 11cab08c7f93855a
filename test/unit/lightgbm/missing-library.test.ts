import { expect, test, vi } from 'vitest';
import { createSelectActivities } from '../../../src/activities/select.ts';
import { isProvided } from '../../../src/ml/estimators/index.ts';
import { loadLightGbm } from '../../../src/ml/lightgbm/library.ts';
import { Job } from '../../../src/schemas/job.ts';
import { problemOf } from '../../support/problems.ts';

const { listCandidates } = createSelectActivities();
const problem = problemOf('binary', 'roc_auc');
const names = async (job: object) => {
  const { candidates } = await listCandidates({
    job: Job.parse({ data: 'a.csv', target: 'y', ...job }),
    problem,
    size: { rows: 100, width: 3 },
  });
  return candidates.map(({ estimator }) => estimator);
};

test('without LightGBM its estimators are left out, unless they are asked for by name', async () => {
  expect(isProvided('gradientBoosting')).toBe(true);
  expect(await names({})).toContain('gradientBoosting');
  vi.stubEnv('SEVENFOLD_CACHE', '/nowhere');
  expect(isProvided('gradientBoosting')).toBe(false);
  expect(await names({})).not.toContain('gradientBoosting');
  expect(await names({ estimators: ['randomForest'] })).toEqual(['randomForest']);
});

test('loading what is not set up says what to run', () => {
  vi.stubEnv('SEVENFOLD_CACHE', '/nowhere');
  expect(() => loadLightGbm()).toThrow(/LightGBM: got 'not set up'.*npm run setup/s);
});
