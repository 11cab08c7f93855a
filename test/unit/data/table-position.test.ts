import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import iconv from 'iconv-lite';
import { expect, test } from 'vitest';
import { openTable } from '../../../src/ml/data/open-table.ts';
import type { Table } from '../../../src/ml/data/table.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import { collect } from '../../support/collect.ts';
import { jobOf } from '../../support/jobs.ts';
import { readAll, writeParquet } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('table-position');

async function openText(name: string, text: string | Uint8Array, format: JobInput['format'] = {}) {
  const path = join(folder, `${name.replaceAll(' ', '-')}.csv`);
  await writeFile(path, text);
  return openTable(path, jobOf({ format }).format);
}

/** From the end of every batch, reading gives just the rows that come after it. */
async function expectEveryPlaceToServe(table: Table, batchRows: number): Promise<void> {
  const all = await readAll(table);
  const batches = await collect(table.batches({ batchRows }));
  let before = 0;
  for (const { rows, end } of batches) {
    before += rows.length;
    const rest = await collect(table.batches({ from: end }));
    expect(rest.flatMap((batch) => batch.rows)).toEqual(all.slice(before));
    // Places are the same, whoever tells them.
    expect(rest.at(-1)?.end).toEqual(rest.length === 0 ? undefined : batches.at(-1)?.end);
  }
  expect(before).toBe(all.length);
}

const rows = 'Zürich,"1,5"\n"two\nlines",""\n東京,"say ""hi"""\n😀, x \n,5\n';

test.each<[string, string | Uint8Array, JobInput['format']]>([
  ['UTF-16', Buffer.from(`\ufeffstraße,b\n${rows}`, 'utf16le'), {}],
  ['Windows-1252', iconv.encode('straße,b\nZürich,"1,5"\n"two\nlines",""\né,5\n', 'win1252'), {}],
  ['gzip', gzipSync(`straße,b\n${rows}`), {}],
  ['packed UTF-16', gzipSync(Buffer.from(`\ufeffstraße,b\n${rows}`, 'utf16le')), {}],
  ['JSON lines', '\ufeff{"straße":"東京"}\n\n{"straße":"😀"}\r\n{"straße":1}', { kind: 'jsonl' }],
  ['multi-byte text and quoted newlines', `straße,b\n${rows}`, {}],
  ['a byte order mark', `\ufeffa,b\n${rows}`, {}],
  ['a byte order mark and no header', `\ufeff${rows}`, { header: false }],
  ['CRLF', `a,b\n${rows}`.replaceAll('\n', '\r\n'), {}],
  ['CR', `a,b\n${rows}`.replaceAll('\n', '\r'), {}],
  ['LF, then CRLF that belongs to the cells', 'a,b\n1,2\r\n3,4\r\n5,6\r\n', {}],
  ['blank lines', `\n\na,b\n\n${rows.replaceAll('😀', '\n\n\n😀')}\n\n`, {}],
  ['no last newline', `a,b\n${rows.slice(0, -1)}`, {}],
  ['two colons', 'a::b\n1::x\n2::y\n', { separator: '::' }],
  ['single quotes', "'a';b\n'1\n1';x\n2;'y'\n", { quote: "'" }],
])('a text is read from every row on: %s', async (name, text, format) => {
  await expectEveryPlaceToServe(await openText(name, text, format), 1);
});

test('several files are read from every row on, in batches of every size', async () => {
  const paths: string[] = [];
  for (const [index, count] of [3, 1, 4, 2].entries()) {
    const path = join(folder, `several-${index}.csv`);
    await writeFile(
      path,
      `a,b\n${Array.from({ length: count }, (_, i) => `${index}${i},"x\ny"\n`).join('')}`,
    );
    paths.push(path);
  }
  const table = await openTable(paths, jobOf().format);
  for (const batchRows of [1, 2, 3, 4, 7, 10, 20]) {
    await expectEveryPlaceToServe(table, batchRows);
    const sizes = (await collect(table.batches({ batchRows }))).map(({ rows }) => rows.length);
    expect(sizes.slice(0, -1).every((size) => size === batchRows)).toBe(true);
  }
});

test('a large text is read on from the end of each batch', async () => {
  // More than a stream's buffer; the rows are of many lengths.
  const lines = Array.from({ length: 6_000 }, (_, i) => `${i},"${'é\n'.repeat(i % 97)}"`);
  const table = await openText('large', `a,b\r\n${lines.join('\r\n')}\r\n`);
  expect(table.bytes).toBeGreaterThan(2 * 256 * 1024);
  await expectEveryPlaceToServe(table, 1_000);
});

test.each([
  ['too few fields', '7', 'as many fields in each row as in the first; line 7 has 1'],
  ['too many fields', '7,8,9\n1,2,3', 'as many fields in each row as in the first; line 7 has 3'],
  ['a quote that is never closed', '7,"8', 'well-formed CSV; line 7: Quote Not Closed: the pars'],
])('%s further on: the line is told, wherever reading begins', async (name, wrong, expected) => {
  const text = 'a,b\n1,"2\n2"\n\n3,4\n5,6\n';
  const whole = await openText('whole', text);
  const table = await openText(name, `${text}${wrong}\n`);
  for (const { end } of await collect(whole.batches({ batchRows: 1 }))) {
    await expect(collect(table.batches({ from: end }))).rejects.toMatchObject({
      problem: { code: 'MalformedCsv', expected: expect.stringContaining(expected) },
    });
  }
});

test.each([
  ['i', 'a Parquet file'],
  ['File_Row_Number', 'a Parquet file with a column that is named like a number of rows'],
])('by the column %s: %s is read on from the end of each batch', async (column, name) => {
  const path = join(folder, `${name}.parquet`);
  await writeParquet(
    path,
    `select i::integer as ${column}, 'row ' || i as name from range(9000) t(i)`,
    'format parquet, row_group_size 2048',
  );
  const table = await openTable(path, jobOf().format);
  expect(table.columns).toEqual([column, 'name']);
  await expectEveryPlaceToServe(table, 700);
});
