import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportModel } from '../../../src/compute/export-model.ts';
import { formats } from '../../../src/formats/index.ts';
import { makeExport } from '../../../src/formats/make-export.ts';
import { openPortableModel } from '../../../src/formats/portable-model.ts';
import type { ArtifactRef } from '../../../src/schemas/artifact.ts';
import type { FormatName } from '../../../src/schemas/model-export.ts';
import { type Exportable, makeExportable } from '../../support/exportable-models.ts';
import { SmallModels } from '../../support/small-model.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const home = await temporaryFolder('unsuitable-estimator');
const models = new SmallModels(home);

test('neighbours, which no format holds, are refused by name, with what is possible', async () => {
  const data = await writeCsv(join(home, 'customers.csv'), customerHeader, customers(120));
  const modelPackage = await models.make(
    { data, target: 'left' },
    { estimator: 'nearestNeighbours', hyperparameters: {} },
  );
  const read = (ref: ArtifactRef) => models.stores.artifacts.read(ref);
  await expect(openPortableModel(modelPackage, read, 'ONNX')).rejects.toMatchObject({
    problem: {
      code: 'FormatUnsuitable',
      value: expect.stringContaining("'nearestNeighbours'"),
      expected: expect.stringMatching(/for ONNX, .*mlp, gradientBoosting, randomForest/),
    },
  });
});

test('an ensemble with a model that no format holds is refused by the name of that one', async () => {
  const data = await writeCsv(join(home, 'ensemble.csv'), customerHeader, customers(120));
  const members = [
    { estimator: 'logistic', hyperparameters: {}, weight: 1 },
    { estimator: 'nearestNeighbours', hyperparameters: {}, weight: 1 },
  ];
  const modelPackage = await models.make(
    { data, target: 'left' },
    { estimator: 'ensemble', hyperparameters: { members } },
  );
  const read = (ref: ArtifactRef) => models.stores.artifacts.read(ref);
  await expect(openPortableModel(modelPackage, read, 'ONNX')).rejects.toMatchObject({
    problem: { expected: expect.stringContaining("no format holds one of 'nearestNeighbours'") },
  });
});

const CASES: readonly [Exportable, string, string][] = [
  ['boosted trees, two classes', 'gradientBoosting', 'onnx, lightgbm can'],
  ['forest, three classes', 'randomForest', 'onnx, lightgbm can'],
  ['naive Bayes, two classes', 'naiveBayes', 'onnx can'],
  ['ensemble, two classes', 'ensemble', 'onnx can'],
];

test.each(CASES)(
  '%s: a format that holds no such model refuses it, and names those that do',
  async (name, estimator, able) => {
    const { portable, selfTest } = await makeExportable(models, name);
    const unable: FormatName[] = ['saved-model', 'keras', 'keras-h5', 'pytorch', 'torchscript'];
    for (const format of [...unable, 'tfjs-layers', 'tfjs-graph', 'tflite'] as FormatName[]) {
      const made = makeExport(formats[format], portable, selfTest, join(home, 'nothing'));
      await expect(made).rejects.toMatchObject({
        problem: {
          code: 'FormatUnsuitable',
          value: format,
          expected: expect.stringContaining(`can't hold a model of '${estimator}'; ${able}`),
        },
      });
    }
  },
);

test('a target on a power scale is refused where there are no roots', async () => {
  const { portable, selfTest } = await makeExportable(models, 'ridge on a power scale');
  for (const format of ['keras', 'pytorch', 'tfjs-graph', 'tflite'] as const) {
    const made = makeExport(formats[format], portable, selfTest, join(home, 'nothing'));
    await expect(made).rejects.toMatchObject({
      problem: { code: 'FormatUnsuitable', expected: expect.stringContaining('has no roots') },
    });
  }
});

test('a model of free text is refused, since no format takes words apart', async () => {
  const remarks = ['very good indeed', 'good and cheap', 'bad and dear', 'very bad', 'dear me'];
  const rows = customers(120).map(([age, , , left], i) => [
    age as number,
    `${remarks[i % 5]} by ${i}`,
    left as string,
  ]);
  const data = await writeCsv(join(home, 'remarks.csv'), ['age', 'remark', 'left'], rows);
  const modelPackage = await models.make(
    { data, target: 'left', columns: { types: { remark: 'text' } } },
    { estimator: 'logistic', hyperparameters: {} },
  );
  expect(modelPackage.inputs).toContainEqual({
    name: 'remark',
    type: 'string',
    description: expect.stringMatching(/^free text; \d+ terms of it are known$/),
  });
  const read = (ref: ArtifactRef) => models.stores.artifacts.read(ref);
  await expect(openPortableModel(modelPackage, read, 'ONNX')).rejects.toMatchObject({
    problem: {
      code: 'FormatUnsuitable',
      expected: 'for ONNX, a model without free text: none of the formats takes words apart',
    },
  });
});

test('a network is no LightGBM model', async () => {
  const { portable, selfTest } = await makeExportable(models, 'linear regression');
  const made = makeExport(formats.lightgbm, portable, selfTest, join(home, 'nothing'));
  await expect(made).rejects.toMatchObject({
    problem: { expected: expect.stringContaining("can't hold a model of 'linear'") },
  });
});

test('a deployment leaves out the formats that cannot hold the model, and tells why', async () => {
  const { portable, selfTest } = await makeExportable(models, 'boosted trees, regression');
  const { exports, decisions } = await exportModel(
    portable,
    selfTest,
    ['saved-model', 'onnx', 'lightgbm'],
    { artifacts: models.stores.artifacts, workFolder: home },
  );
  expect(exports.map(({ format }) => format)).toEqual(['onnx', 'lightgbm']);
  expect(decisions).toEqual([
    {
      field: 'deployment.formats',
      value: 'no saved-model',
      reason: expect.stringContaining("can't hold a model of 'gradientBoosting'"),
    },
  ]);
});
