import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/ml/random.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import type { PartName, PreparedData } from '../../../src/schemas/prepared-data.ts';
import { collect } from '../../support/collect.ts';
import { cellsOf } from '../../support/column-profiles.ts';
import { problemOfRejected } from '../../support/input-problem.ts';
import { jobOf } from '../../support/jobs.ts';
import { Preparation } from '../../support/prepare.ts';
import { writeCsv } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('encode-categories');
const ROWS = 3_000;
const LEVELS = 300;

const random = new RandomStream(5, 'test-categories');
/** What each level adds to the target of the first table. */
const effects = cellsOf(LEVELS, () => random.normal());
const table = async (name: string, target: (level: number) => number | string) =>
  writeCsv(
    join(folder, `${name}.csv`),
    ['shop', 'x', 'y'],
    cellsOf(ROWS, () => {
      const level = random.below(LEVELS);
      const shop = level === 7 ? '' : `shop ${String.fromCharCode(97 + (level % 26))}${level}`;
      return [shop, random.normal(), target(level)];
    }),
  );
const planted = await table('planted', (level) => (effects[level] as number) + random.normal());
const chance = await table('chance', () => random.normal());
const classes = await table('classes', (level) => {
  const drawn = random.uniform();
  return drawn < 0.6 ? `c${level % 3}` : `c${random.below(3)}`;
});

async function prepare(job: Partial<JobInput>) {
  const preparation = await Preparation.in(folder);
  const { prepared, report } = await preparation.run(jobOf({ ...job }));
  const shop = report.columns.find(({ name }) => name === 'shop');
  return { preparation, prepared, action: shop?.action ?? '' };
}

/** Correlation of an input with the target in a part. */
async function correlation(
  { preparation, prepared }: { preparation: Preparation; prepared: PreparedData },
  part: PartName,
  name: string,
): Promise<number> {
  const rows = await preparation.open(prepared, part);
  const place = prepared.featureNames.indexOf(name);
  const pairs: [number, number][] = [];
  for (const { rows: count, features, targets } of await collect(rows.batches(1_024))) {
    for (let row = 0; row < count; row++) {
      pairs.push([features[row * rows.width + place] as number, targets[row] as number]);
    }
  }
  const mean = (at: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[at], 0) / pairs.length;
  const [a, b] = [mean(0), mean(1)];
  const sum = (of: (x: number, y: number) => number) =>
    pairs.reduce((total, [x, y]) => total + of(x - a, y - b), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}

test('many levels become what the target comes to by level', async () => {
  const found = await prepare({ data: planted });
  expect(found.prepared.featureNames).toEqual(['shop~target', 'x']);
  expect(found.action).toMatch(/^the target's mean by level, 29\d levels/);
  // Ten rows a level, half of the variance: about 0.6 are there to be had.
  for (const part of ['fit', 'validation', 'test'] as const) {
    expect(await correlation(found, part, 'shop~target')).toBeGreaterThan(0.45);
  }
});

test('levels that say nothing say nothing, in no part', async () => {
  const found = await prepare({ data: chance, preprocess: { categories: { smoothing: 1 } } });
  expect(found.prepared.featureNames).toContain('shop~target');
  // A row's own target would have a correlation of about 0.3 in the rows that are fitted on.
  for (const part of ['fit', 'validation', 'test'] as const) {
    expect(Math.abs(await correlation(found, part, 'shop~target'))).toBeLessThan(0.12);
  }
});

test('of several classes each has a share by level', async () => {
  const found = await prepare({ data: classes });
  expect(found.prepared.featureNames).toEqual([
    ...['c0', 'c1', 'c2'].map((name) => `shop~share of=${name}`),
    'x',
  ]);
});

describe('a job says how categories are encoded,', () => {
  test('all of them', async () => {
    const preprocess = { categories: { encoding: 'one-hot' } } as const;
    const { prepared, action } = await prepare({ data: planted, preprocess });
    expect(prepared.layout.categories).toEqual([52]);
    expect(action).toBe('one-hot, 50 levels, the rest as "other", missing as a level');
  });

  test('or one column', async () => {
    const { prepared, action } = await prepare({
      data: planted,
      columns: { encodings: { shop: 'hash' } },
      preprocess: { categories: { buckets: 16 } },
    });
    expect(prepared.layout.categories).toEqual([18]);
    expect(prepared.featureNames).toContain('shop=#15');
    expect(action).toBe('299 levels in 16 buckets, the rest as "other", missing as a level');
  });

  test('which has to be there', async () => {
    const columns = { encodings: { shpo: 'hash' } } as const;
    expect(await problemOfRejected(prepare({ data: planted, columns }))).toMatchObject({
      code: 'ColumnNotFound',
      field: 'columns.encodings.shpo',
      remedy: "Did you mean 'shop'?",
    });
  });
});

test.each([
  ['x', {}, 'of type numeric'],
  ['y', {}, 'of type target'],
  ['shop', { drop: ['shop'] }, 'dropped'],
])('an encoding of a column without categories is refused: %s', async (name, columns, why) => {
  const encodings = { [name]: 'target' } as const;
  const refused = prepare({ data: planted, columns: { ...columns, encodings } });
  expect(await problemOfRejected(refused)).toMatchObject({
    code: 'NoCategories',
    field: `columns.encodings.${name}`,
    expected: expect.stringContaining(why),
  });
});

test('numbers that are categories by the job can be encoded so, too', async () => {
  const data = await writeCsv(
    join(folder, 'codes.csv'),
    ['code', 'y'],
    cellsOf(1_000, () => {
      const code = random.below(100);
      return [code, Math.sin(code) + 0.1 * random.normal()];
    }),
  );
  const columns = { types: { code: 'categorical' } } as const;
  const found = await prepare({ data, columns });
  expect(await correlation(found, 'test', 'code~target')).toBeGreaterThan(0.9);
});
