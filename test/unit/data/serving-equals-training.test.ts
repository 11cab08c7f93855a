import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { densify } from '../../../src/ml/data/densify.ts';
import { FittedTransform } from '../../../src/ml/data/fitted-transform.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import type { PartName, PreparedData } from '../../../src/schemas/prepared-data.ts';
import type { TransformOperation } from '../../../src/schemas/transform.ts';
import { openStores } from '../../../src/stores/index.ts';
import { collect } from '../../support/collect.ts';
import { cellsOf } from '../../support/column-profiles.ts';
import { jobOf } from '../../support/jobs.ts';
import { Preparation } from '../../support/prepare.ts';
import { writeCsv } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('serving');
const header = ['amount', 'price', 'paid', 'shop', 'code', 'joined', 'note', 'y'] as const;
const words = cellsOf(30, (i) => `word${String.fromCharCode(97 + i)}`);

/** A column for each encoding, with gaps. */
function rows(count: number, seed: number): string[][] {
  const random = new RandomStream(seed, 'test-serving');
  const sometimes = (cell: string) => (random.below(12) === 0 ? '' : cell);
  return cellsOf(count, () => {
    const amount = Math.exp(3 * random.normal());
    const joined = new Date(Date.UTC(2019, 0, 1) + random.below(1e9) * 100).toISOString();
    const note = cellsOf(4, () => words[random.below(30)] as string).join(' ');
    return [
      sometimes(`${amount}`),
      sometimes(`"1.${100 + random.below(900)},${10 + random.below(90)}"`),
      sometimes(random.below(3) === 0 ? 'yes' : 'no'),
      sometimes(`shop ${random.below(120)}`),
      sometimes(`c${random.below(70)}`),
      sometimes(joined),
      sometimes(note),
      `${Math.log(amount) + random.normal()}`,
    ];
  });
}

const training = rows(1_500, 1);
const later = rows(400, 2);
const data = await writeCsv(join(folder, 'train.csv'), header, training);
const testData = await writeCsv(join(folder, 'test.csv'), header, later);
const preparation = await Preparation.in(folder);
const { artifacts } = openStores({ home: join(folder, 'home') });

const served = (transform: FittedTransform, cells: readonly (readonly string[])[]) => {
  const records = cells.map((row) =>
    Object.fromEntries(header.map((name, i) => [name, row[i]?.replaceAll('"', '')] as const)),
  );
  return densify(transform.encode(records), transform.layout);
};

async function kept(prepared: PreparedData, part: PartName): Promise<number[]> {
  const batches = await collect((await preparation.open(prepared, part)).batches(256));
  return batches.flatMap(({ features, rows: count }) => [
    ...features.subarray(0, count * (features.length / count)),
  ]);
}

/** All kinds of operations, and all that can be set of them. */
const JOBS: readonly (Pick<JobInput, 'columns' | 'preprocess'> & {
  readonly kinds: readonly TransformOperation['kind'][];
})[] = [
  {
    columns: { encodings: { code: 'hash' } },
    preprocess: { outliers: 'clip', skewed: 'power' },
    kinds: ['numeric', 'boolean', 'target', 'date', 'text', 'categorical'],
  },
  {
    columns: { encodings: { code: 'target' } },
    preprocess: {
      ...{ normalise: 'minmax', skewed: 'log', impute: 'mean', dates: 'parts' },
      ...{ categories: { smoothing: 0 }, text: { grams: 'characters', terms: 60 } },
    },
    kinds: ['numeric', 'boolean', 'target', 'target', 'date', 'text'],
  },
  {
    preprocess: {
      ...{ normalise: 'robust', impute: 'zero', maxCategories: 20, outliers: 'clip' },
      ...{ categories: { encoding: 'one-hot' }, text: { grams: 'both' } },
    },
    kinds: ['numeric', 'boolean', 'date', 'text', 'categorical', 'categorical'],
  },
  {
    preprocess: { normalise: 'none', categories: { encoding: 'hash', buckets: 7 } },
    kinds: ['numeric', 'boolean', 'date', 'text', 'categorical', 'categorical'],
  },
];

describe.each(JOBS)('with $columns and $preprocess', ({ kinds, ...settings }) => {
  let prepared: PreparedData;
  let transform: FittedTransform;
  beforeAll(async () => {
    const job = jobOf({ data, split: { kind: 'file', test: testData }, ...settings });
    ({ prepared } = await preparation.run(job));
    const stored = await readFile(await artifacts.localPath(prepared.transform), 'utf8');
    transform = FittedTransform.parse(JSON.parse(stored));
  });

  test('each kind of operation is there', () => {
    expect(new Set(transform.document.operations.map(({ kind }) => kind))).toEqual(new Set(kinds));
    const formatted = transform.document.operations.find(({ column }) => column === 'price');
    expect(formatted).toMatchObject({ kind: 'numeric', format: { decimal: ',' } });
  });

  test('rows that come later are encoded bit for bit as the test rows were', async () => {
    expect(await kept(prepared, 'test')).toEqual([...served(transform, later)]);
  });

  test('a row is encoded alone as among others, by the transform that was stored and once more stored', () => {
    const again = FittedTransform.parse(JSON.parse(JSON.stringify(transform.document)));
    const together = served(transform, later);
    const width = transform.featureNames.length;
    later.forEach((row, i) => {
      const own = together.subarray(width * i, width * (i + 1));
      expect(served(again, [row]), `row ${i}`).toEqual(own);
    });
    expect(served(transform, later)).toEqual(together);
  });
});

test('but for means of the target, so are the rows that models are fitted on', async () => {
  const [settings] = JOBS;
  const { prepared } = await preparation.run(
    jobOf({
      ...{ data, split: { kind: 'file', test: testData } },
      ...{ columns: settings?.columns, preprocess: settings?.preprocess },
    }),
  );
  const stored = await readFile(await artifacts.localPath(prepared.transform), 'utf8');
  const width = prepared.featureNames.length;
  const place = prepared.featureNames.indexOf('shop~target');
  const [of, others] = [new Set<string>(), new Set<string>()];
  const features = await kept(prepared, 'fit');
  const rest = (row: readonly number[]) => row.toSpliced(place, 1).join();
  const all = served(FittedTransform.parse(JSON.parse(stored)), training);
  for (let row = 0; row < training.length; row++) {
    const values = [...all.subarray(row * width, (row + 1) * width)];
    of.add(values.join());
    others.add(rest(values));
  }
  let equal = 0;
  for (let at = 0; at < features.length; at += width) {
    const row = features.slice(at, at + width);
    expect(others.has(rest(row))).toBe(true);
    if (of.has(row.join())) equal += 1;
  }
  expect(equal).toBe(0);
});
