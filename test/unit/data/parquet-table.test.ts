import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTable } from '../../../src/ml/data/open-table.ts';
import { jobOf } from '../../support/jobs.ts';
import { readAll, writeParquet } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('parquet-table');
const { format } = jobOf();
const open = (name: string) => openTable(join(folder, name), format);

test.each([
  ['integer', '42::integer', 42],
  ['large integer', '12345678901234567::bigint', '12345678901234567'],
  ['double', '0.1::double', 0.1],
  ['decimal', '12.50::decimal(6, 2)', '12.50'],
  ['boolean', 'true', true],
  ['text', "'Zürich, CH'", 'Zürich, CH'],
  ['date', "date '2026-01-31'", '2026-01-31'],
  ['timestamp', "timestamp '2026-01-31 12:30:00'", '2026-01-31 12:30:00'],
  [
    'timestamp with a zone',
    "timestamptz '2026-01-31 12:30:00+02'",
    new Date('2026-01-31T10:30:00Z'),
  ],
  ['missing value', 'null::varchar', null],
  ['not a number', "'nan'::double", Number.NaN],
])('a %s comes as a raw record holds it', async (name, sql, value) => {
  await writeParquet(join(folder, `${name}.parquet`), `select ${sql} as cell`);
  expect(await readAll(await open(`${name}.parquet`))).toEqual([[value]]);
});

test('rows come in the order of the file, over row groups, as often as they are asked for', async () => {
  const path = join(folder, 'order.parquet');
  const select = "select i::integer as i, 'row ' || i as name from range(20000) t(i)";
  await writeParquet(path, select, 'format parquet, row_group_size 2048');
  const table = await open('order.parquet');
  expect(table.columns).toEqual(['i', 'name']);
  expect(table.format).toBe('Parquet');
  const rows = await readAll(table);
  expect(rows).toHaveLength(20_000);
  expect(rows.every(([i, name], index) => i === index && name === `row ${index}`)).toBe(true);
  expect(await readAll(table)).toEqual(rows);
});

test('a file without rows has columns and no batches', async () => {
  await writeParquet(join(folder, 'none.parquet'), 'select 1 as a where false');
  const table = await open('none.parquet');
  expect(table.columns).toEqual(['a']);
  expect(await readAll(table)).toEqual([]);
});

test('signs in a path stand for themselves, and never for other files', async () => {
  const names = ["it's.parquet", 'part[1].parquet', 'part*.parquet', 'part?.parquet'];
  await writeParquet(join(folder, 'part1.parquet'), "select 'another file' as name");
  for (const name of names) {
    const scratch = join(folder, 'scratch.parquet');
    await writeParquet(scratch, `select '${name.replace("'", "''")}' as name`);
    await writeFile(join(folder, name), await readFile(scratch));
  }
  for (const name of names) expect(await readAll(await open(name))).toEqual([[name]]);
});

test('half a file is refused, in words', async () => {
  const path = await writeParquet(
    join(folder, 'whole.parquet'),
    'select i, i * 0.5 as half from range(1000) t(i)',
  );
  const whole = await readFile(path);
  await writeFile(join(folder, 'half.parquet'), whole.subarray(0, whole.length / 2));
  await expect(open('half.parquet')).rejects.toMatchObject({
    problem: {
      code: 'NotParquet',
      field: 'data',
      value: join(folder, 'half.parquet'),
      expected: 'a whole Parquet file',
      remedy: expect.stringMatching(/^Write the file again: [^\n]+$/),
    },
  });
});
