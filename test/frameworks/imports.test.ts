import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { importModel } from '../../src/compute/import-model.ts';
import { loadModel } from '../../src/compute/load-model.ts';
import { readStartingPoint } from '../../src/compute/starting-point.ts';
import { openTable } from '../../src/ml/data/open-table.ts';
import { toRecord } from '../../src/ml/data/table.ts';
import { Model } from '../../src/ml/model.ts';
import { parseMapping } from '../../src/schemas/parse-mapping.ts';
import { openStores } from '../../src/stores/index.ts';
import { problemOfRejected } from '../support/input-problem.ts';
import { modelsFrom, STANDING_STILL } from '../support/start-from.ts';
import { readAll } from '../support/tables.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  type Provided,
  provideSklearn,
  provideTensorFlow,
  provideTorch,
  runScript,
} from './python.ts';

/** Models of the real frameworks, each with rows and what the framework says of them. */
const root = await temporaryFolder('imports');
const stores = openStores({ home: root });
const made = join(root, 'made');
const skipped = [
  await make(await provideTensorFlow(), 'make_imports.py'),
  await make(await provideSklearn(), 'make_onnx.py'),
  await make(await provideTorch(), 'make_torch.py'),
].filter((reason) => reason !== null);
const groups = await readdir(made).catch((): string[] => []);
const cases = await Promise.all(
  groups.map(async (group) => ({ group, names: (await readdir(join(made, group))).sort() })),
);
afterAll(async () => {
  await stores.close();
  await rm(root, { recursive: true, force: true });
});

async function make(provided: Provided, script: string): Promise<string | null> {
  if ('reason' in provided) return `${script}: ${provided.reason}`;
  await runScript(provided, script, made);
  return null;
}

async function importCase(group: string, name: string) {
  const folder = join(made, group, name);
  const [model] = (await readdir(folder)).filter((file) => file.startsWith('model'));
  const mapping: unknown = JSON.parse(await readFile(join(folder, 'mapping.json'), 'utf8'));
  const data = join(folder, 'rows.csv');
  const imported = await importModel(
    {
      ...{ path: join(folder, model as string), data, mapping: parseMapping(mapping) },
      ...{ name: 'foreign', requestedBy: 'a test' },
    },
    stores,
  );
  return { ...imported, folder, data };
}

test.runIf(skipped.length > 0)(`frameworks that are not there: ${skipped.join('; ')}`, () => {});

const framed = cases.filter(({ group }) => group !== 'refused' && !group.startsWith('start'));

describe.each(framed)('$group', ({ group, names }) => {
  test.each(names)('%s: answers as its framework does', async (name) => {
    const { version, folder, data } = await importCase(group, name);
    const model = await loadModel(stores.artifacts, version);
    const table = await openTable(data, model.package.job.format);
    const records = (await readAll(table)).map((cells) => toRecord(table.columns, cells));
    const read = await model.read(records, { folder: null, isConfined: false });
    const found = [...(await model.outputs(read))];
    const expected = JSON.parse(await readFile(join(folder, 'outputs.json'), 'utf8')) as number[][];
    const largest = Math.max(...expected.flat().map(Math.abs));
    const width = expected[0]?.length ?? 0;
    expected.forEach((row, index) => {
      const own = found.slice(index * width, (index + 1) * width);
      row.forEach((value, i) => {
        expect(Math.abs(value - (own[i] as number)) / largest).toBeLessThanOrEqual(1e-5);
      });
      const [first = 0, second = 0] = row.toSorted((a, b) => b - a);
      const likeliest = row.indexOf(Math.max(...row));
      const isClear = first - second > 1e-5;
      expect(isClear ? own.indexOf(Math.max(...own)) : likeliest).toBe(likeliest);
    });
    model.dispose();
  });
});

describe.each(cases.filter(({ group }) => group.startsWith('start')))(
  '$group',
  ({ group, names }) => {
    test.each(names)('%s: a training begins with what its framework says', async (name) => {
      const { version, package: imported, folder, data } = await importCase(group, name);
      const { package: start } = version;
      const { chain } = await readStartingPoint(stores.artifacts, start);
      const made = await modelsFrom(root, start).make(
        { data, target: 'target', preprocess: { dropDuplicates: false } },
        {
          estimator: 'mlp',
          hyperparameters: {
            ...STANDING_STILL,
            hiddenLayers: chain.layers.slice(0, -1).map(({ units }) => units),
            activation: chain.activation,
          },
        },
      );
      expect(chain.dropout).toBe(name === 'normalised' ? 0.3 : null);
      const model = await Model.load(made, (ref) => stores.artifacts.read(ref));
      const table = await openTable(data, made.job.format);
      const records = (await readAll(table)).map((cells) => toRecord(table.columns, cells));
      const found = model.outputs(records);
      const { classes } = made.problem;
      const order = imported.problem.classes.map((label) => classes.indexOf(label));
      const expected = JSON.parse(
        await readFile(join(folder, 'outputs.json'), 'utf8'),
      ) as number[][];
      const largest = Math.max(...expected.flat().map(Math.abs));
      expected.forEach((row, index) => {
        row.forEach((value, i) => {
          const own = found[index * row.length + (order[i] ?? 0)] as number;
          expect(Math.abs(value - own) / largest).toBeLessThanOrEqual(1e-5);
        });
      });
      model.dispose();
    });
  },
);

/** Why each is refused. */
const REFUSED: Readonly<Record<string, object>> = {
  'reads a file': { code: 'ForbiddenOp', value: expect.stringContaining('ReadFile') },
  lambda: { code: 'UnfitModel', value: 'a Lambda layer' },
  functional: { code: 'UnfitModel', value: 'the class Functional' },
  'masked embedding': { code: 'UnfitModel', value: expect.stringContaining('mask_zero') },
  'probabilities as maps': { code: 'UnfitMapping', remedy: expect.stringContaining('zipmap') },
};
const refused = cases.find(({ group }) => group === 'refused')?.names ?? [];

test.runIf(refused.length > 0).each(refused)('refused: %s', async (name) => {
  const expected = REFUSED[name];
  expect(expected).toBeDefined();
  expect(await problemOfRejected(importCase('refused', name))).toMatchObject(expected as object);
});
