import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { importModel } from '../../../src/compute/import-model.ts';
import { loadModel } from '../../../src/compute/load-model.ts';
import { formats } from '../../../src/formats/index.ts';
import { makeExport } from '../../../src/formats/make-export.ts';
import { openPortableModel } from '../../../src/formats/portable-model.ts';
import { drawSelfTest } from '../../../src/formats/self-test.ts';
import { loadTensorFlow } from '../../../src/ml/backend.ts';
import { Model } from '../../../src/ml/model.ts';
import type { ModelMapping } from '../../../src/schemas/imported-model.ts';
import { parseMapping } from '../../../src/schemas/parse-mapping.ts';
import { checkStore } from '../../../src/stores/check/check-store.ts';
import { leftovers } from '../../support/compilations.ts';
import { problemIn, problemOfRejected } from '../../support/input-problem.ts';
import { mappingOfFeatures } from '../../support/mapping-of.ts';
import { SmallModels } from '../../support/small-model.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

type Mapping = z.input<typeof ModelMapping>;

const FORMATS = ['onnx', 'saved-model', 'keras', 'keras-h5'] as const;
const FILES = {
  onnx: 'onnx/model.onnx',
  'saved-model': 'saved-model',
  keras: 'keras/model.keras',
  'keras-h5': 'keras-h5/model.h5',
} as const;

const home = await temporaryFolder('import');
const models = new SmallModels(home);
const { stores } = models;
const data = join(home, 'customers.csv');
const records = customers(50, 9).map(([age, price, city], row) => ({
  age: row === 3 ? null : age,
  price: row === 4 ? null : price,
  city: row === 5 ? null : row === 6 ? 'Atlantis' : city,
}));
let original: Model;
/** Of features, and of raw columns as our own ONNX and SavedModel take them. */
let ofFeatures: Mapping;
let ofColumns: Mapping;

beforeAll(async () => {
  await writeCsv(data, customerHeader, customers(300));
  const read = stores.artifacts.read.bind(stores.artifacts);
  const made = await models.make(
    { data, target: 'left' },
    { estimator: 'mlp', hyperparameters: { hiddenLayers: [8, 4], epochs: 3 } },
  );
  original = await Model.load(made, read);
  const portable = await openPortableModel(made, read);
  const selfTest = drawSelfTest(portable, original);
  for (const format of FORMATS) {
    await makeExport(formats[format], portable, selfTest, join(home, format));
  }
  const { classes, target } = made.problem;
  const common = { target, task: 'binary', classes, positiveClass: 'yes' } as const;
  ofFeatures = mappingOfFeatures(portable.transform, common);
  ofColumns = {
    ...common,
    inputs: [
      { tensor: 'age', columns: ['age'] as never },
      { tensor: 'price', columns: ['price'] as never },
      { tensor: 'city', columns: [{ as: 'text', column: 'city' }] },
    ],
  };
});
afterAll(() => original.dispose());

const mappingFor = (format: (typeof FORMATS)[number]): Mapping =>
  format.startsWith('keras') ? ofFeatures : ofColumns;

const importAs = (path: string, mapping: Mapping, name = 'foreign', alias?: string) =>
  importModel(
    {
      path: join(home, path),
      name,
      mapping: parseMapping(mapping),
      data,
      alias,
      requestedBy: 'a test',
    },
    stores,
  );

describe.each(FORMATS)('a model in the format %s', (format) => {
  test('answers as the one that it was written from', async () => {
    const { version, package: made } = await importAs(FILES[format], mappingFor(format), format);
    expect(made.imported).toMatchObject({ format, source: FILES[format].split('/').at(-1) });
    const model = await loadModel(stores.artifacts, version);
    const [expected, found] = [original.outputs(records), await model.outputs(records)];
    expect(found).toHaveLength(expected.length);
    expected.forEach((value, i) => {
      expect(Math.abs(value - (found[i] as number))).toBeLessThanOrEqual(1e-6);
    });
    const predictions = await model.predict(records);
    expect(predictions.map(({ prediction }) => prediction)).toEqual(
      original.predict(records).map(({ prediction }) => prediction),
    );
    model.dispose();
  });

  test('says the same of a record alone and among others, and leaves no tensor behind', async () => {
    const { version } = await importAs(FILES[format], mappingFor(format), format);
    const tf = await loadTensorFlow();
    const before = await leftovers(tf);
    const model = await loadModel(stores.artifacts, version);
    const many = Array.from({ length: 4 }, () => records).flat();
    const together = await model.outputs(many);
    const perRow = together.length / many.length;
    for (const start of [0, 3, 49]) {
      for (const count of [1, 7, 33, 150]) {
        const part = await model.outputs(many.slice(start, start + count));
        const own = together.subarray(perRow * start, perRow * (start + count));
        expect(part, `${count} from ${start} on`).toEqual(own);
      }
    }
    model.dispose();
    expect(await leftovers(tf)).toEqual(before);
  });

  test('is the same version when it is imported again', async () => {
    const first = await importAs(FILES[format], mappingFor(format), format);
    const again = await importAs(FILES[format], mappingFor(format), format, 'champion');
    expect(again.version.version).toBe(first.version.version);
    expect(again.version.aliases).toContain('champion');
  });
});

test('an imported version is whole in the eyes of fsck', async () => {
  await importAs(FILES.onnx, ofColumns, 'whole');
  const ours = ['unreadable-package', 'missing-artifact', 'corrupt-artifact', 'version-gap'];
  const faults = await checkStore(home, stores);
  expect(faults.filter(({ kind }) => ours.includes(kind))).toEqual([]);
});

test('what is odd about records is told as of our own models', async () => {
  const { version } = await importAs(FILES.keras, ofFeatures);
  const model = await loadModel(stores.artifacts, version);
  expect(model.describeOddities([{ age: 1, city: 'Atlantis', stray: 1 }])).toEqual([
    "column 'price' is missing: imputed",
    "column 'stray' is unknown: ignored",
    expect.stringContaining("column 'city' has the unseen value 'Atlantis'"),
  ]);
  expect(model.findFaults([{ age: 'old' }])).toEqual([
    { row: 0, column: 'age', value: 'old', expected: 'a number' },
  ]);
  model.dispose();
});

describe('what does not fit is refused by name, and nothing is registered', () => {
  const refused = async (path: string, mapping: Mapping) => {
    const problem = await problemOfRejected(importAs(path, mapping, 'refused'));
    expect(await stores.registry.list('refused')).toEqual([]);
    return problem;
  };
  const edited = async (name: string, edit: (config: string) => string) => {
    const files = unzipSync(await readFile(join(home, FILES.keras)));
    const config = strToU8(edit(strFromU8(files['config.json'] as Uint8Array)));
    await writeFile(join(home, name), zipSync({ ...files, 'config.json': config }));
    return name;
  };

  test.each(FORMATS)('a corrupt file in the format %s', async (format) => {
    const folder = join(home, `corrupt-${format}`);
    await mkdir(folder, { recursive: true });
    const path =
      format === 'saved-model' ? 'saved_model.pb' : (FILES[format].split('/')[1] as string);
    const bytes = await readFile(join(home, format, path));
    await writeFile(join(folder, path), bytes.subarray(0, bytes.length / 2));
    const problem = await refused(
      format === 'saved-model' ? `corrupt-${format}` : `corrupt-${format}/${path}`,
      mappingFor(format),
    );
    expect(problem).toMatchObject({ code: 'CorruptModel', field: 'model' });
  });

  test('a pickle, which would run code', async () => {
    await writeFile(join(home, 'model.pkl'), 'cos\nsystem\n');
    const problem = await refused('model.pkl', ofFeatures);
    expect(problem).toMatchObject({ code: 'PickledModel', field: 'model' });
  });

  test('a file that is no model', async () => {
    expect(await refused('customers.csv', ofFeatures)).toMatchObject({
      code: 'UnknownModelFormat',
    });
    expect(await refused('nowhere.onnx', ofFeatures)).toMatchObject({ code: 'UnknownModelFormat' });
  });

  test('a Lambda layer, which holds bytecode', async () => {
    const path = await edited('lambda.keras', (text) =>
      text.replace('"class_name":"Dense"', '"class_name":"Lambda"'),
    );
    const problem = await refused(path, ofFeatures);
    expect(problem).toMatchObject({ code: 'UnfitModel', value: 'a Lambda layer' });
    expect(problem.expected).toContain('never run');
  });

  test('a custom layer, whose code is elsewhere', async () => {
    const path = await edited('custom.keras', (text) =>
      text.replace(/("class_name":"Dense".*?"registered_name":)null/, '$1"mine>Dense"'),
    );
    expect(await refused(path, ofFeatures)).toMatchObject({
      code: 'UnfitModel',
      value: 'a custom layer mine>Dense',
    });
  });

  test('an activation that is not known', async () => {
    const path = await edited('mish.keras', (text) => text.replace('"relu"', '"mish"'));
    expect(await refused(path, ofFeatures)).toMatchObject({
      code: 'UnfitModel',
      value: "'activation' of the Dense layer 'dense_0'",
    });
  });

  test('columns that are not as many as the input', async () => {
    const [tensor] = ofFeatures.inputs;
    const inputs = [{ columns: (tensor?.columns ?? []).slice(0, 1) }];
    const problem = await refused(FILES.keras, { ...ofFeatures, inputs });
    expect(problem).toMatchObject({ code: 'UnfitMapping', field: 'inputs.0.columns' });
  });

  test('a tensor that the model does not have', async () => {
    const inputs = ofColumns.inputs.map((input) =>
      input.tensor === 'price' ? { ...input, tensor: 'prize' } : input,
    );
    expect(await refused(FILES.onnx, { ...ofColumns, inputs })).toMatchObject({
      field: 'inputs.1.tensor',
      value: 'prize',
      remedy: "Did you mean 'price'?",
    });
  });

  test('an input that is given nothing', async () => {
    const problem = await refused(FILES.onnx, { ...ofColumns, inputs: ofColumns.inputs.slice(1) });
    expect(problem).toMatchObject({ code: 'UnfitMapping', field: 'inputs' });
    expect(problem.expected).toContain("'age'");
  });

  test('text for a tensor of numbers', async () => {
    const columns: Mapping['inputs'][number]['columns'] = [{ as: 'text', column: 'age' }];
    const inputs = ofColumns.inputs.map((input) =>
      input.tensor === 'age' ? { ...input, columns } : input,
    );
    expect(await refused(FILES.onnx, { ...ofColumns, inputs })).toMatchObject({
      field: 'inputs.0.columns',
      value: 'age',
    });
  });

  test('a column that the data does not have', async () => {
    const inputs = ofColumns.inputs.map((input) =>
      input.tensor === 'price' ? { ...input, columns: ['prices'] } : input,
    ) as Mapping['inputs'];
    expect(await refused(FILES.onnx, { ...ofColumns, inputs })).toMatchObject({
      code: 'ColumnNotFound',
      field: 'inputs.1.columns',
      remedy: "Did you mean 'price'?",
    });
  });

  test('classes that the data has others than', async () => {
    const mapping = { ...ofColumns, classes: ['no', 'maybe'], positiveClass: 'maybe' };
    expect(await refused(FILES.onnx, mapping)).toMatchObject({
      code: 'UnknownClass',
      field: 'classes',
      value: 'yes',
    });
  });

  test('another number of classes than outputs', async () => {
    const { positiveClass: _, ...others } = ofColumns;
    const mapping: Mapping = { ...others, task: 'multiclass', classes: ['no', 'yes', 'maybe'] };
    expect(await refused(FILES.onnx, mapping)).toMatchObject({
      code: 'UnfitMapping',
      field: 'classes',
    });
  });

  test('values for what are probabilities', async () => {
    const mapping = { ...ofColumns, output: { holds: 'values' as const } };
    expect(await refused(FILES.onnx, mapping)).toMatchObject({ field: 'output.holds' });
  });
});

test.each([
  [{ classes: [] }, 'classes'],
  [{ classes: ['no', 'no'] }, 'classes'],
  [{ positiveClass: 'yess' }, 'positiveClass'],
  [{ metric: 'rmse' }, 'metric'],
  [{ inputs: [] }, 'inputs'],
  [{ inputs: [{ columns: ['left'] }] }, 'inputs.0.columns'],
  [{ inputs: [{ columns: [{ as: 'one-hot', column: 'city' }] }] }, 'inputs.0.columns.0.levels'],
  [{ inputs: [{ columns: [{ as: 'onehot', column: 'city' }] }] }, 'inputs.0.columns.0.as'],
  [{ task: undefined }, 'task'],
  [{ colums: [] }, 'colums'],
])('a mapping with %j is refused at %s', (change, field) => {
  expect(problemIn(() => parseMapping({ ...ofColumns, ...change }))).toMatchObject({ field });
});
