import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RowScan } from '../../../src/ml/data/scan-rows.ts';
import { openSource, readSource } from '../../../src/ml/data/source-rows.ts';
import type { Job, JobInput } from '../../../src/schemas/job.ts';
import { collect } from '../../support/collect.ts';
import { cellsOf } from '../../support/column-profiles.ts';
import { jobOf } from '../../support/jobs.ts';
import { writeCsv } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('source-rows');
const data = await writeCsv(
  join(folder, 'train.csv'),
  ['age', 'city', 'y'],
  cellsOf(700, (i) => [i, 'Oslo', i % 2]),
);
const testTable = await writeCsv(
  join(folder, 'test.csv'),
  ['y', 'age'],
  [
    [1, 20],
    ['', 30],
  ],
);
const never = { signal: new AbortController().signal, chunkRows: 512 };

async function scan(job: Job) {
  const scan = new RowScan(job);
  for await (const batch of readSource(await openSource(job), never)) scan.take(batch);
  return scan.scanned();
}
const open = (job: Partial<JobInput> = {}) => openSource(jobOf({ data, ...job }));

test('the rows of a table are followed by those of its test table', async () => {
  const source = await open({ split: { kind: 'file', test: testTable } });
  const batches = await collect(readSource(source, never));
  expect(batches.map(({ start, rows, isTestTable }) => [start, rows.length, isTestTable])).toEqual([
    [0, 512, false],
    [512, 188, false],
    [700, 2, true],
  ]);
  expect(batches.at(-1)).toMatchObject({
    columns: ['y', 'age'],
    rows: [
      ['1', '20'],
      ['', '30'],
    ],
  });
});

test('reading stops when it is cancelled', async () => {
  const stop = new AbortController();
  const source = await open();
  let rows = 0;
  const reading = (async () => {
    for await (const batch of readSource(source, { ...never, signal: stop.signal })) {
      rows += batch.rows.length;
      stop.abort(new Error('cancelled'));
    }
  })();
  await expect(reading).rejects.toThrow('cancelled');
  expect(rows).toBe(512);
});

test('of each row its target, its cell of the split and a digest are kept', async () => {
  const path = await writeCsv(
    join(folder, 'small.csv'),
    ['a', 'g', 'y'],
    [
      [1, 'x', 2],
      [1, 'x', 2],
      [1, '-', 'NA'],
    ],
  );
  const job = jobOf({
    data: path,
    split: { kind: 'group', column: 'g' },
    columns: { missing: ['-'] },
  });
  const scanned = await scan(job);
  expect(scanned).toMatchObject({
    rows: 3,
    tableRows: 3,
    target: ['2', '2', null],
    column: ['x', 'x', null],
  });
  expect(scanned.digests.areEqual(0, 1)).toBe(true);
  expect(scanned.digests.areEqual(0, 2)).toBe(false);
});

test('cells that join to the same text are no equal rows', async () => {
  const path = await writeCsv(
    join(folder, 'shifted.csv'),
    ['a', 'b', 'y'],
    [
      ['12', '3', 1],
      ['1', '23', 1],
    ],
  );
  const job = jobOf({ data: path });
  const { digests } = await scan(job);
  expect(digests.areEqual(0, 1)).toBe(false);
});

test.each<[string, Partial<JobInput>, string, string, string]>([
  ['target', { target: 'z' }, 'target', 'z', "Did you mean 'y'?"],
  ['drop', { columns: { drop: ['cty'] } }, 'columns.drop', 'cty', "Did you mean 'city'?"],
  [
    'type',
    { columns: { types: { AGE: 'numeric' } } },
    'columns.types.AGE',
    'AGE',
    "Did you mean 'age'?",
  ],
  [
    'split',
    { split: { kind: 'group', column: 'household_number' } },
    'split.column',
    'household_number',
    'Name one of these.',
  ],
])('a %s that names no column is refused', async (_, job, field, value, remedy) => {
  await expect(open(job)).rejects.toMatchObject({
    problem: {
      code: 'ColumnNotFound',
      field,
      value,
      expected: 'one of the columns age, city, y',
      remedy,
    },
  });
});

test('of many columns the first are named', async () => {
  const names = cellsOf(40, (i) => `c${i}`);
  const path = await writeCsv(join(folder, 'many.csv'), names, [names]);
  await expect(open({ data: path, target: 'nothing_like_it' })).rejects.toMatchObject({
    problem: {
      expected: `one of the columns ${names.slice(0, 12).join(', ')}, … (40)`,
    },
  });
});

test('a test table without the target is refused', async () => {
  const path = await writeCsv(join(folder, 'blind.csv'), ['age', 'city'], [[1, 'Oslo']]);
  await expect(open({ split: { kind: 'file', test: path } })).rejects.toMatchObject({
    problem: { code: 'ColumnNotFound', value: 'y', expected: 'one of the columns age, city' },
  });
});

test('a test table that is not there is put down to split.test', async () => {
  const missing = join(folder, 'missing.csv');
  await expect(open({ split: { kind: 'file', test: missing } })).rejects.toMatchObject({
    problem: { code: 'DataFileUnreadable', field: 'split.test', value: missing },
  });
});

test('a target that stands in the header twice is refused', async () => {
  const twice = await writeCsv(join(folder, 'twice.csv'), ['y', 'age', 'y'], [[1, 20, 1]]);
  await expect(open({ data: twice })).rejects.toMatchObject({
    problem: { code: 'DuplicateColumn', field: 'target', value: 'y' },
  });
});
