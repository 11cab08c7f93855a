import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openPortableModel } from '../../../src/formats/portable-model.ts';
import { SmallModels } from '../../support/small-model.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const home = await temporaryFolder('unsuitable-estimator');
const models = new SmallModels(home);

test('a model without dense layers is refused by its estimator’s name, with what is possible', async () => {
  const data = await writeCsv(join(home, 'customers.csv'), customerHeader, customers(120));
  const modelPackage = await models.make(
    { data, target: 'left' },
    { estimator: 'naiveBayes', hyperparameters: {} },
  );
  const opened = openPortableModel(modelPackage, (ref) => models.stores.artifacts.read(ref));
  await expect(opened).rejects.toMatchObject({
    problem: {
      code: 'FormatUnsuitable',
      value: expect.stringContaining("'naiveBayes'"),
      expected: expect.stringContaining('elasticNet, logistic, mlp'),
    },
  });
});
