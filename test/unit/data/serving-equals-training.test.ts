import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { densify } from '../../../src/ml/data/densify.ts';
import { FittedTransform } from '../../../src/ml/data/fitted-transform.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import type { PartName } from '../../../src/schemas/prepared-data.ts';
import { openStores } from '../../../src/stores/index.ts';
import { collect } from '../../support/collect.ts';
import { cellsOf } from '../../support/column-profiles.ts';
import { jobOf } from '../../support/jobs.ts';
import { Preparation } from '../../support/prepare.ts';
import { writeCsv } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('serving');
const header = ['amount', 'shop', 'code', 'joined', 'note', 'y'] as const;
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
const { prepared } = await preparation.run(
  jobOf({
    data,
    split: { kind: 'file', test: testData },
    columns: { encodings: { code: 'hash' } },
    preprocess: { outliers: 'clip', skewed: 'power' },
  }),
);
const { artifacts } = openStores({ home: join(folder, 'home') });
const stored = await readFile(await artifacts.localPath(prepared.transform), 'utf8');
const transform = FittedTransform.parse(JSON.parse(stored));

const served = (cells: readonly (readonly string[])[]) => {
  const records = cells.map((row) =>
    Object.fromEntries(header.map((name, i) => [name, row[i]] as const)),
  );
  return densify(transform.encode(records), transform.layout);
};

async function kept(part: PartName): Promise<number[]> {
  const batches = await collect((await preparation.open(prepared, part)).batches(256));
  return batches.flatMap(({ features, rows: count }) => [
    ...features.subarray(0, count * (features.length / count)),
  ]);
}

test('rows that come later are encoded bit for bit as the test rows were', async () => {
  const kinds = new Set(transform.document.operations.map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(['numeric', 'target', 'categorical', 'date', 'text']));
  expect(await kept('test')).toEqual([...served(later)]);
});

test('but for means of the target, so are the rows that models are fitted on', async () => {
  const width = prepared.featureNames.length;
  const place = prepared.featureNames.indexOf('shop~target');
  const [of, others] = [new Set<string>(), new Set<string>()];
  const features = await kept('fit');
  const rest = (row: readonly number[]) => row.toSpliced(place, 1).join();
  const all = served(training);
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
