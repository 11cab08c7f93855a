import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTable } from '../../../src/ml/data/open-table.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import { jobOf } from '../../support/jobs.ts';
import { readAll } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('csv-table');

async function openCsv(text: string | Uint8Array, format: JobInput['format'] = {}) {
  const name = createHash('sha1').update(text).digest('hex');
  const path = join(folder, `${name}.csv`);
  await writeFile(path, text);
  return openTable(path, jobOf({ format }).format);
}

async function read(text: string | Uint8Array, format?: JobInput['format']) {
  const table = await openCsv(text, format);
  return { columns: table.columns, rows: await readAll(table) };
}

const twoByTwo = {
  columns: ['a', 'b'],
  rows: [
    ['1', 'x'],
    ['2', 'y'],
  ],
};

describe('the same table is read from', () => {
  test.each([
    ['commas', 'a,b\n1,x\n2,y\n'],
    ['semicolons', 'a;b\n1;x\n2;y\n'],
    ['tabs', 'a\tb\n1\tx\n2\ty\n'],
    ['bars', 'a|b\n1|x\n2|y\n'],
    ['quoted cells', '"a","b"\n"1","x"\n"2","y"\n'],
    ['a byte order mark', '\ufeffa,b\n1,x\n2,y\n'],
    ['a byte order mark before a quote', '\ufeff"a",b\n1,x\n2,y\n'],
    ['CRLF', 'a,b\r\n1,x\r\n2,y\r\n'],
    ['CR', 'a,b\r1,x\r2,y\r'],
    ['no last newline', 'a,b\n1,x\n2,y'],
    ['blank lines', 'a,b\n\n1,x\n\n\n2,y\n\n'],
    ['padded column names', ' a , b \n1,x\n2,y\n'],
  ])('%s', async (_, text) => {
    expect(await read(text)).toEqual(twoByTwo);
  });

  test.each<[string, string, JobInput['format']]>([
    ['two colons', 'a::b\n1::x\n2::y\n', { separator: '::' }],
    ['spaces', 'a b\n1 x\n2 y\n', { separator: ' ' }],
    ['single quotes', "'a';b\n'1';x\n2;'y'\n", { quote: "'" }],
  ])('%s, when the job says so', async (_, text, format) => {
    expect(await read(text, format)).toEqual(twoByTwo);
  });
});

test('quotes hold separators, newlines and doubled quotes', async () => {
  const { rows } = await read('a,b\n"1,5","two\nlines"\n"say ""hi""","CR\r\nLF"\n');
  expect(rows).toEqual([
    ['1,5', 'two\nlines'],
    ['say "hi"', 'CR\r\nLF'],
  ]);
});

test('cells come as they stand there, empty ones too', async () => {
  const { rows } = await read('a,b,c\n , x ,\n,,1_000\n');
  expect(rows).toEqual([
    [' ', ' x ', ''],
    ['', '', '1_000'],
  ]);
});

test('letters beyond ASCII survive', async () => {
  const { columns, rows } = await read('straße,都市\nZürich,東京\n');
  expect([columns, ...rows]).toEqual([
    ['straße', '都市'],
    ['Zürich', '東京'],
  ]);
});

test('without a header, columns are numbered and the first row is data', async () => {
  expect(await read('1,x\n2,y\n', { header: false })).toEqual({
    ...twoByTwo,
    columns: ['column1', 'column2'],
  });
  expect((await read('1,x\n', { header: false })).rows).toEqual([['1', 'x']]);
});

test('rows come in order and in bounded batches, as often as they are asked for', async () => {
  const lines = Array.from({ length: 1_300 }, (_, i) => `${i},x`);
  const table = await openCsv(`a,b\n${lines.join('\n')}\n`);
  const sizes: number[] = [];
  for await (const { rows } of table.batches()) sizes.push(rows.length);
  expect(sizes).toEqual([512, 512, 276]);
  const order = (await readAll(table)).map(([a]) => Number(a));
  expect(order).toEqual(lines.map((_, i) => i));
});

test('a reader may leave in the middle, and the next one starts at the first row', async () => {
  const lines = Array.from({ length: 2_000 }, (_, i) => `${i},x`);
  const table = await openCsv(`a,b\n${lines.join('\n')}\n`);
  for await (const batch of table.batches()) if (batch.rows.length > 0) break;
  expect((await readAll(table))[0]).toEqual(['0', 'x']);
});

test('a table says its format, size and path', async () => {
  const table = await openCsv('a;b\n1;2\n');
  expect(table.format).toBe('CSV, separator ";"');
  expect(table.bytes).toBe(8);
  expect(table.path).toContain(folder);
});

describe('a table is refused', () => {
  test.each([
    ['a header alone', 'a,b\n', {}],
    ['blank lines alone', '\n\n\n', {}],
    ['a byte order mark alone', '\ufeff', { header: false }],
  ])('for %s', async (_, text, format) => {
    await expect(openCsv(text, format)).rejects.toMatchObject({
      problem: {
        code: 'NoRows',
        field: 'data',
        value: expect.stringContaining(folder),
        expected: 'at least one row below the header',
        remedy: 'Name a table with rows.',
      },
    });
  });

  test.each([
    ['NUL bytes', new Uint8Array([...Buffer.from('a,b\n1,'), 0, ...Buffer.from('\n2,3\n')])],
    ['UTF-16', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le')],
    ['Latin-1', Buffer.from('city,b\nZürich,2\nOslo,3\n', 'latin1')],
    ['a ZIP archive', new Uint8Array([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0, 1, 2, 3])],
  ])('for %s', async (_, bytes) => {
    await expect(openCsv(bytes)).rejects.toMatchObject({
      problem: {
        code: 'NotText',
        field: 'data',
        value: expect.stringContaining(folder),
        expected: 'a CSV, TSV or Parquet file; this is binary, or text that is not UTF-8',
        remedy: 'Name a table, or convert the file to UTF-8.',
      },
    });
  });

  test.each([
    [
      'too few fields',
      'a,b\n1,2\n3\n4,5\n',
      'as many fields in each row as in the first; line 3 has 1',
      'Mend line 3: look for a separator in unquoted text, or a missing field.',
    ],
    [
      'too many fields, after a blank line and a quoted newline',
      'a,b\n\n"1\n",2\n3,4,5\n',
      'as many fields in each row as in the first; line 5 has 3',
      'Mend line 5: look for a separator in unquoted text, or a missing field.',
    ],
    [
      'a quote that is never closed',
      'a,b\n1,"2\n',
      expect.stringMatching(/^well-formed CSV; line \d: Quote Not Closed/),
      expect.stringMatching(/^Mend line \d, or set format\.quote and format\.separator\.$/),
    ],
    [
      'a quote within a cell',
      'a,b\n1,5"\n',
      expect.stringMatching(/^well-formed CSV; line 2: Invalid Opening Quote/),
      'Mend line 2, or set format.quote and format.separator.',
    ],
    [
      'a row of 5 MiB',
      `a,b\n1,"${'x'.repeat(5 * 2 ** 20)}\n`,
      'fields and rows under 4 MiB; line 2 is longer',
      'Mend line 2: look for a quote that is never closed, or drop the column.',
    ],
  ])('for %s, with the line', async (_, text, expected, remedy) => {
    await expect(read(text)).rejects.toMatchObject({
      problem: {
        code: 'MalformedCsv',
        field: 'data',
        value: expect.stringContaining(folder),
        expected,
        remedy,
      },
    });
  });
});
