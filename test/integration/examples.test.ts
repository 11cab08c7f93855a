import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandHome } from '../support/command.ts';
import { quickOptions } from '../support/quick-job.ts';

const examples = resolve(import.meta.dirname, '../../examples');
let home: CommandHome;

beforeAll(async () => {
  home = await CommandHome.create();
  const { code, stderr } = await home.runHere('dev', '--detach');
  expect(code, stderr).toBe(0);
}, 180_000);
afterAll(() => home.remove(), 60_000);

test('1. penguins: two lines are a job', async () => {
  const { code, json } = await home.run('run', `${examples}/01-penguins/job.yaml`, '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({ model: 'penguins-species', metric: 'accuracy', version: 1 });
  expect(json['score']).toBeGreaterThan(0.95);
}, 120_000);

test('2. the line is found: the error is that of the noise', async () => {
  const { code, json } = await home.run('run', `${examples}/02-line/job.yaml`, '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({ estimator: 'linear', metric: 'mse' });
  expect(json['score']).toBeGreaterThan(0.05);
  expect(json['score']).toBeLessThan(0.5);
}, 120_000);

test('3. a job that decides everything itself', async () => {
  const { code, json } = await home.run('run', `${examples}/03-custom-job/job.yaml`, '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({ model: 'penguin-sex', metric: 'roc_auc', alias: 'challenger' });
  expect(json['score']).toBeGreaterThan(0.9);
}, 120_000);

test('4. another Node program starts a run', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', `${examples}/04-start-from-node/start.ts`],
    { env: home.environment, cwd: resolve(examples, '..') },
  );
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
    model: 'line-y',
    metric: 'rmse',
    workflowId: expect.stringMatching(/^lifecycle\/line-y\//),
  });
}, 120_000);

test('12. a champion stays until a challenger beats it, year by year', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', `${examples}/12-champion-challenger/retrain-yearly.ts`],
    { env: home.environment, cwd: resolve(examples, '..') },
  );
  const told = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>[];
  expect(told.map(({ year, decision }) => [year, decision])).toEqual([
    [2008, 'first'],
    [2009, expect.stringMatching(/^(promoted|kept)$/)],
    [2010, expect.stringMatching(/^(promoted|kept)$/)],
  ]);
  expect(told[1]?.['rows']).toBeGreaterThan(150);
  expect(told[2]?.['rows']).toBeGreaterThan(300);
  expect(told[2]?.['reason']).toMatch(/accuracy .* against .*, a gain of .* interval/);
}, 240_000);

test('13. a folder of images is learnt, and images are predicted from another folder', async () => {
  // One training a candidate: five of a convolutional network on all folds would take a minute.
  const budget = [...quickOptions(), '--set', 'refit=auto'];
  const job = `${examples}/13-digits/job.yaml`;
  const { code, json } = await home.run('run', job, ...budget, '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({ model: 'digits-label', metric: 'accuracy' });
  expect(json['score']).toBeGreaterThan(0.88);

  const output = join(home.home, 'sevens.csv');
  const sevens = `${examples}/13-digits/digits/7`;
  expect(
    (await home.run('predict', 'digits-label', '--data', sevens, '--output', output)).code,
  ).toBe(0);
  const lines = (await readFile(output, 'utf8')).trim().split('\n').slice(1);
  expect(lines).toHaveLength(50);
  expect(lines.filter((line) => line.startsWith('7,')).length).toBeGreaterThan(45);
}, 240_000);
