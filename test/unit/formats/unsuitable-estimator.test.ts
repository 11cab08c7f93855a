import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openPortableModel } from '../../../src/formats/portable-model.ts';
import type { ArtifactRef } from '../../../src/schemas/artifact.ts';
import { SmallModels } from '../../support/small-model.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const home = await temporaryFolder('unsuitable-estimator');
const models = new SmallModels(home);

test.each([
  ['naiveBayes', {}],
  ['gradientBoosting', { trees: 3 }],
] as const)(
  'a model of %s, without dense layers, is refused by its name and the format’s, with what is possible',
  async (estimator, hyperparameters) => {
    const data = await writeCsv(join(home, 'customers.csv'), customerHeader, customers(120));
    const modelPackage = await models.make(
      { data, target: 'left' },
      { estimator, hyperparameters },
    );
    const read = (ref: ArtifactRef) => models.stores.artifacts.read(ref);
    const opened = openPortableModel(modelPackage, read, 'ONNX');
    await expect(opened).rejects.toMatchObject({
      problem: {
        code: 'FormatUnsuitable',
        value: expect.stringContaining(`'${estimator}'`),
        expected: expect.stringMatching(
          /for ONNX, .*elasticNet, logistic, mlp: the formats hold dense layers/,
        ),
      },
    });
  },
);

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
