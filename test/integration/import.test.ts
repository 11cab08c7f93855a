import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RetrainingResult } from '../../src/schemas/retraining-record.ts';
import type { LifecycleResult } from '../../src/schemas/run.ts';
import { openStores } from '../../src/stores/index.ts';
import { runDocument } from '../../src/stores/run-documents.ts';
import { LocalRuns } from '../support/local-runs.ts';
import { quickOptions } from '../support/quick-job.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';

let runs: LocalRuns;
let data: string;
const inHome = (...path: string[]) => join(runs.home.home, ...path);

/** A keras.Sequential of one hidden layer, as a user has it: written by the export of another run. */
beforeAll(async () => {
  runs = await LocalRuns.create();
  data = await writeCsv(inHome('customers.csv'), customerHeader, customers(400));
  const { code, stderr } = await runs.home.run(
    ...['run', '--data', data, '--target', 'left', '--name', 'elsewhere', ...quickOptions()],
    ...['--set', 'estimators=[mlp]'],
    ...['--set', 'hyperparameters.mlp={hiddenLayers: [6], activation: tanh, epochs: 2}'],
  );
  expect(code, stderr).toBe(0);
  await runs.home.run('export', 'elsewhere', '--format', 'keras', '--output', inHome('keras'));
  const transform = JSON.parse(await readFile(inHome('keras', 'transform.json'), 'utf8')) as {
    operations: Record<string, unknown>[];
  };
  const columns = transform.operations.map(({ kind, ...rest }) => ({
    as: kind === 'categorical' ? 'one-hot' : 'number',
    ...rest,
  }));
  const mapping = { target: 'left', task: 'binary', classes: ['no', 'yes'], inputs: [{ columns }] };
  await writeFile(inHome('mapping.yaml'), JSON.stringify(mapping));
}, 600_000);
afterAll(() => runs.remove(), 60_000);

const importAs = (name: string, ...more: string[]) =>
  runs.home.run(
    ...['import', inHome('keras', 'model.keras'), '--as', name, '--data', data],
    ...['--mapping', inHome('mapping.yaml'), '--json', ...more],
  );

test('an imported model is listed, predicts and is scored like any other', async () => {
  const imported = await importAs('foreign', '--alias', 'champion');
  expect(imported.code, imported.stderr).toBe(0);
  expect(imported.json).toMatchObject({
    ...{ model: 'foreign', version: 1, format: 'keras', metric: 'roc_auc', rows: 400 },
    aliases: ['champion'],
  });
  const listed = await runs.home.run('models', 'foreign', '--json');
  expect(listed.json['models']).toMatchObject([
    { imported: { source: 'model.keras', weightsHash: imported.json['weightsHash'] } },
  ]);
  const evaluated = await runs.home.run('evaluate', 'foreign', '--data', data, '--json');
  expect(evaluated.json['score']).toBe(imported.json['score']);
  const output = inHome('predictions.csv');
  const predicted = await runs.home.run('predict', 'foreign', '--data', data, '--output', output);
  expect(predicted.code, predicted.stderr).toBe(0);
  const own = inHome('own.csv');
  await runs.home.run('predict', 'elsewhere', '--data', data, '--output', own);
  const [found, expected] = await Promise.all([output, own].map((path) => readFile(path, 'utf8')));
  const labels = (text = '') => text.split('\n').map((line) => line.split(',')[0]);
  expect(labels(found)).toEqual(labels(expected));
  const exported = await runs.home.run(
    ...['export', 'foreign', '--format', 'onnx', '--output', inHome('no'), '--json'],
  );
  expect(exported.code).toBe(2);
});

test('a bad mapping ends the command with the field, and registers nothing', async () => {
  await writeFile(inHome('bad.yaml'), 'target: left\ntask: binary\nclasses: [no]\ninputs: []\n');
  const { code, stderr } = await importAs('bad', '--mapping', inHome('bad.yaml'));
  expect(code).toBe(2);
  expect(stderr).toContain('inputs');
  const { json } = await runs.home.run('models', 'bad', '--json');
  expect(json['models']).toEqual([]);
});

test('a retraining begins with its weights, and its challenger has to beat it', async () => {
  await importAs('foreign', '--alias', 'champion');
  const run = await runs.client.workflow.start('retrain', {
    taskQueue: 'sevenfold',
    workflowId: 'retrain-foreign',
    args: [
      {
        name: 'foreign',
        data,
        job: {
          ...{ target: 'left', startFrom: 'foreign@1', budget: '2trials' },
          // With folds and an ensemble, which begin with these weights, too.
          ...{ optimise: { rounds: 1 }, hyperparameters: { mlp: { epochs: 15 } } },
        },
      },
    ],
  });
  const result = (await run.result()) as RetrainingResult;
  expect(result.comparison).toMatchObject({ champion: { version: 1 }, challenger: { version: 2 } });
  expect(result.comparison?.warnings).toEqual([expect.stringContaining('was imported')]);
  expect(result.champion).toBe(result.decision === 'promoted' ? 2 : 1);
  expect(['promoted', 'kept']).toContain(result.decision);
  const stores = openStores({ home: runs.home.home });
  const manifest = await stores.documents.read(runDocument(String(result.lifecycle?.runId)));
  await stores.close();
  expect(manifest).toMatchObject({
    job: {
      ...{ task: 'binary', estimators: ['mlp'] },
      startFrom: { model: 'foreign', version: 1, package: { sha256: expect.any(String) } },
      hyperparameters: { mlp: { hiddenLayers: [6], activation: 'tanh', epochs: 15 } },
    },
  });
}, 300_000);

test('a run that can not begin with it fails at once, by name', async () => {
  const { code, json } = await runs.home.run(
    ...['run', '--data', data, '--target', 'city', '--set', 'startFrom=foreign@1', '--json'],
  );
  expect(code).toBe(2);
  expect(JSON.stringify(json)).toContain("the starting point's target 'left'");
  const missing: Partial<LifecycleResult> = json;
  expect(missing.version).toBeUndefined();
});
