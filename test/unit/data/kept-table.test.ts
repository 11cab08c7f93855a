import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keptTable } from '../../../src/ml/data/kept-table.ts';
import { openTable } from '../../../src/ml/data/open-table.ts';
import type { ReadOptions, Table, TableBatch } from '../../../src/ml/data/table.ts';
import { jobOf } from '../../support/jobs.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('kept-table');
const ROWS = 1_000;

/** @param blankAt where a parser has to go on */
async function open(name: string, blankAt?: number): Promise<Table> {
  const lines = Array.from({ length: ROWS }, (_, i) => `${i},"a ""b"" ${i % 7}",ü`);
  if (blankAt !== undefined) lines.splice(blankAt, 0, '');
  const path = join(folder, name);
  await writeFile(path, `x,y,z\n${lines.join('\n')}\n`);
  return openTable(path, jobOf().format);
}

async function read(table: Table, options?: ReadOptions): Promise<TableBatch[]> {
  const batches: TableBatch[] = [];
  for await (const batch of table.batches({ batchRows: 100, ...options })) batches.push(batch);
  return batches;
}

const contentOf = (batches: readonly TableBatch[]) =>
  batches.map(({ rows, end }) => ({ rows, end }));

test.each([
  ['all of it', undefined, 2 ** 20, 10],
  ['its beginning', undefined, 2 ** 14, 3],
  ['nothing', undefined, 0, 0],
  ['what is no parser’s', 450, 2 ** 20, 4],
] as const)(
  'a table that is read again is the same, where %s is kept',
  async (name, blankAt, most, batches) => {
    const table = await open(`${name}.csv`, blankAt);
    const expected = contentOf(await read(table));
    expect(expected.flatMap(({ rows }) => rows)).toHaveLength(ROWS);
    const kept = keptTable(table, most);
    const first = await read(kept);
    expect(contentOf(first)).toEqual(expected);
    const second = await read(kept);
    expect(contentOf(second)).toEqual(expected);
    expect(second.filter((batch, i) => batch === first[i])).toHaveLength(batches);
  },
);
