import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunReport } from '../../../src/schemas/report.ts';
import type { LifecycleResult } from '../../../src/schemas/run.ts';
import type { CommandHome } from '../../support/command.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { quickOptions } from '../../support/quick-job.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';

let runs: LocalRuns;
let home: CommandHome;
let data: string;

beforeAll(async () => {
  runs = await LocalRuns.create();
  ({ home } = runs);
  data = await writeCsv(join(home.home, 'customers.csv'), customerHeader, customers(150));
}, 180_000);
afterAll(() => runs.remove(), 60_000);

const run = (name: string, formats: string) => {
  const job = ['--data', data, '--target', 'left', '--name', name, ...quickOptions()];
  const sets = ['--set', 'estimators=[logistic]', '--set', `deployment.formats=${formats}`];
  return home.run('run', ...job, ...sets, '--json');
};

test('a deployed model lies in the store in the formats of its job, each of them tried out', async () => {
  const { code, stderr, json } = await run('exported', '[saved-model,onnx,tfjs-layers]');
  expect(code, stderr).toBe(0);
  const result = json as unknown as LifecycleResult;
  const text = await readFile(join(home.home, result.reportJson.uri), 'utf8');
  const { exports } = RunReport.parse(JSON.parse(text));
  expect(exports.map(({ format }) => format)).toEqual(['saved-model', 'onnx', 'tfjs-layers']);
  for (const { relativeError } of exports) expect(relativeError).toBeLessThanOrEqual(1e-5);
  const report = await readFile(join(home.home, result.report.uri), 'utf8');
  expect(report).toMatch(/\| onnx \| \d+ \| onnxruntime-node 1\./);

  const listed = await home.run('models', 'exported', '--json');
  expect(listed.json['models']).toMatchObject([
    { model: 'exported', formats: ['saved-model', 'onnx', 'tfjs-layers'] },
  ]);
  const checked = await home.run('fsck', '--json');
  expect(checked.code, checked.stdout).toBe(0);
}, 120_000);

test('a model is written in any format later, into a folder that is new', async () => {
  // The others are written and read back by the unit tests.
  for (const format of ['onnx', 'pytorch']) {
    const folder = join(home.home, 'written', format);
    const args = ['export', 'exported@1', '--format', format, '--output', folder, '--json'];
    const { code, stderr, json } = await home.run(...args);
    expect(code, stderr).toBe(0);
    expect(json).toMatchObject({ model: 'exported', version: 1, format });
    const files = await readdir(folder, { recursive: true });
    expect(files).toEqual(expect.arrayContaining(json['files'] as string[]));
    const manifest = await readFile(join(folder, 'manifest.json'), 'utf8');
    expect(JSON.parse(manifest)).toMatchObject({ format, classes: ['no', 'yes'] });
  }
  const folder = join(home.home, 'written', 'onnx');
  const again = await home.run('export', 'exported', '--format', 'onnx', '--output', folder);
  expect(again).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('a new or an empty folder'),
  });
  expect(await readdir(join(home.home, 'written'))).toHaveLength(2);
}, 120_000);

test('a format that does not exist is answered with the nearest one', async () => {
  const folder = join(home.home, 'nowhere');
  const wrong = await home.run('export', 'exported', '--format', 'tensorflow', '--output', folder);
  expect(wrong).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('one of saved-model, onnx'),
  });
  const misspelt = await run('misspelt', '[onx]');
  expect(misspelt).toMatchObject({ code: 2, stderr: expect.stringContaining('onnx') });
});

test('an export that differs from its model stops the promotion', async () => {
  const far = await writeCsv(
    join(home.home, 'far.csv'),
    ['place', 'value'],
    // Numbers of nine digits, of which only the last ones matter: single precision can't tell them apart.
    Array.from({ length: 200 }, (_, i) => [100_000_000 + i, i]),
  );
  const sets = [
    ...['estimators=[linear]', 'preprocess.normalise=none', 'preprocess.targetScale=none'],
    ...['deployment.formats=[tflite]', 'columns.types.place=numeric'],
  ].flatMap((assignment) => ['--set', assignment]);
  const args = ['--data', far, '--target', 'value', '--name', 'far', ...quickOptions(), ...sets];
  const failed = await home.run('run', ...args);
  expect(failed).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/TensorFlow Lite differs from the model by/),
  });
  const listed = await home.run('models', 'far', '--json');
  expect(listed.json['models']).toEqual([]);
}, 120_000);
