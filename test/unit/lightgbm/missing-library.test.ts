import { utimes } from 'node:fs/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { createSelectActivities } from '../../../src/activities/select.ts';
import { readConfig } from '../../../src/config.ts';
import { loadLightGbm } from '../../../src/ml/lightgbm/library.ts';
import { lightGbmFailure } from '../../../src/ml/lightgbm/release.ts';
import { Job } from '../../../src/schemas/job.ts';
import { diagnoseLightGbm } from '../../../src/setup/diagnose-lightgbm.ts';
import { ensureReady, isReady } from '../../../src/setup/ensure-ready.ts';
import { provideLightGbm } from '../../../src/setup/lightgbm.ts';
import { problemOf } from '../../support/problems.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { listCandidates } = createSelectActivities();
const problem = problemOf('binary', 'roc_auc');
const choose = async (job: object, rows = 100) => {
  const { candidates, leftOut } = await listCandidates({
    job: Job.parse({ data: 'a.csv', target: 'y', ...job }),
    problem,
    size: { rows, width: 3 },
  });
  return { names: candidates.map(({ estimator }) => estimator), leftOut };
};
const TREES = ['randomForest', 'gradientBoosting'] as const;

afterEach(() => vi.unstubAllEnvs());

test('trees are considered by default, and nothing is left out of few rows', async () => {
  const { names, leftOut } = await choose({});
  expect(names).toEqual(expect.arrayContaining([...TREES]));
  expect(leftOut).toEqual([]);
});

test('without LightGBM its estimators are left out with the reason, unless they are asked for by name', async () => {
  vi.stubEnv('SEVENFOLD_CACHE', '/nowhere');
  const { names, leftOut } = await choose({});
  expect(names).toEqual(['logistic', 'naiveBayes', 'nearestNeighbours', 'mlp']);
  const reason = 'it needs LightGBM (not set up): npm run setup';
  expect(leftOut).toEqual(TREES.map((estimator) => ({ estimator, reason })));
  const asked = await choose({ estimators: ['randomForest'] });
  expect(asked).toEqual({ names: ['randomForest'], leftOut: [] });
});

test('nearest neighbours are left out of many rows, with the reason', async () => {
  const { names, leftOut } = await choose({}, 10_000_000);
  expect(names).not.toContain('nearestNeighbours');
  expect(leftOut).toEqual([
    { estimator: 'nearestNeighbours', reason: 'too slow for 10000000 rows of 3 inputs' },
  ]);
});

test('loading what is not set up says what to run', async () => {
  vi.stubEnv('SEVENFOLD_CACHE', '/nowhere');
  await expect(loadLightGbm()).rejects.toThrow(/LightGBM: got 'not set up'.*npm run setup/s);
});

test('a wheel that can’t be had leaves the rest ready, and doctor and selection say why', async () => {
  const cache = await temporaryFolder('no-wheel');
  vi.stubEnv('SEVENFOLD_CACHE', cache);
  vi.stubEnv('PIP_NO_INDEX', '1');
  const config = readConfig();
  const needs = { temporal: false, tensorFlow: false, lightGbm: true };
  const told: string[] = [];
  expect(isReady(config, needs)).toBe(false);
  await ensureReady(config, (message) => told.push(message), needs);
  expect(told.at(-1)).toMatch(/No matching distribution.*random forests are left out/s);

  expect(isReady(config, needs)).toBe(true);
  await ensureReady(config, (message) => expect.fail(message), needs);
  const why = /set-up could not provide it: ERROR: No matching distribution found for lightgbm/;
  const finding = await diagnoseLightGbm(config);
  expect(finding).toMatchObject({ status: 'warning', found: expect.stringMatching(why) });
  const { names, leftOut } = await choose({});
  expect(names).not.toContain('gradientBoosting');
  expect(leftOut).toHaveLength(TREES.length);
  for (const { reason } of leftOut) expect(reason).toMatch(why);

  // A day later it is tried again; `setup` tries at once.
  await utimes(lightGbmFailure(cache), 0, 0);
  expect(isReady(config, needs)).toBe(false);
  await provideLightGbm(config, (message) => told.push(message));
  expect(isReady(config, needs)).toBe(true);
});
