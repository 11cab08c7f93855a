import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import iconv from 'iconv-lite';
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
    ['a separator at the end of each row', 'a,b\n1,x,\n2,y,\n'],
    ['blanks in lines of their own', 'a,b\n1,x\n  \n2,y\n \t\n'],
    ['UTF-16LE', Buffer.from('\ufeffa,b\n1,x\n2,y\n', 'utf16le')],
    ['UTF-16BE', Buffer.from('\ufeffa,b\n1,x\n2,y\n', 'utf16le').swap16()],
    ['UTF-16LE without a mark', Buffer.from('a,b\n1,x\n2,y\n', 'utf16le')],
    ['gzip', gzipSync('a,b\n1,x\n2,y\n')],
    ['two members of gzip', Buffer.concat([gzipSync('a,b\n1,'), gzipSync('x\n2,y\n')])],
  ])('%s', async (_, text) => {
    expect(await read(text)).toEqual(twoByTwo);
  });

  test.each<[string, string, JobInput['format']]>([
    ['two colons', 'a::b\n1::x\n2::y\n', { separator: '::' }],
    ['spaces', 'a b\n1 x\n2 y\n', { separator: ' ' }],
    ['quotes that are letters', 'a,b\n1,x\n2,y\n', { quote: '' }],
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

test.each([
  ['windows-1252', undefined],
  ['latin1', 'latin1'],
  ['shift_jis', 'shift_jis'],
])('letters of %s are decoded', async (encoding, named) => {
  const city = encoding === 'shift_jis' ? '東京' : 'Zürich';
  const bytes = iconv.encode(`city,b\n${city},2\nOslo,3\n`, encoding);
  const table = await openCsv(bytes, named === undefined ? {} : { encoding: named });
  expect(await readAll(table)).toEqual([
    [city, '2'],
    ['Oslo', '3'],
  ]);
  expect(table.notes).toEqual(
    named === undefined
      ? [
          'the file is not UTF-8 and is READ AS WINDOWS-1252; format.encoding names another encoding',
        ]
      : [],
  );
});

test('quotes are letters where the job says so', async () => {
  const { rows } = await read('a\tb\n5" pipe\t"x\n', { quote: '' });
  expect(rows).toEqual([['5" pipe', '"x']]);
});

test('fields missing at the end of a row are empty where the job says so', async () => {
  expect((await read('a,b,c\n1\n2,x\n', { ragged: 'pad' })).rows).toEqual([
    ['1', '', ''],
    ['2', 'x', ''],
  ]);
  await expect(read('a,b\n4,5\n6,7,8\n', { ragged: 'pad' })).rejects.toMatchObject({
    problem: { code: 'MalformedCsv' },
  });
});

test('columns without a name, or with one that is taken, get their own', async () => {
  const table = await openCsv(',a,a,a_2, \n1,2,3,4,5\n');
  expect(table.columns).toEqual(['column1', 'a', 'a_3', 'a_2', 'column5']);
  expect(table.repeated).toEqual(['a']);
  expect(table.notes).toEqual([
    "column 1 has no name and is called 'column1'",
    "the column name 'a' stands there TWICE: column 3 is called 'a_3'",
    "column 5 has no name and is called 'column5'",
  ]);
});

test('row names, as R writes them, are a column', async () => {
  expect(await read('a,b\nr1,1,x\nr2,2,y\n')).toEqual({
    columns: ['column1', 'a', 'b'],
    rows: [
      ['r1', '1', 'x'],
      ['r2', '2', 'y'],
    ],
  });
});

test('a header of numbers is told of', async () => {
  const { notes } = await openCsv('5.1,3.5,1\n4.9,3.0,0\n');
  expect(notes).toEqual([
    'the header holds NUMBERS alone (5.1, 3.5, 1, …): if it is data, set format.header to false',
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
    [
      'NUL bytes',
      new Uint8Array([...Buffer.from('a,b\n1,'), 0, ...Buffer.from('\n2,3\n')]),
      'binary',
    ],
    ['control characters', Buffer.from('a,b\n1,\u0002\u00ff\n', 'latin1'), 'binary'],
    [
      'an Excel workbook',
      new Uint8Array([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0, 1, 2, 3]),
      'an Excel workbook or another ZIP archive',
    ],
    ['a SQLite database', Buffer.from('SQLite format 3\0\u0010\0'), 'a SQLite database'],
  ])('for %s', async (_, bytes, what) => {
    await expect(openCsv(bytes)).rejects.toMatchObject({
      problem: {
        code: 'NotText',
        field: 'data',
        value: expect.stringContaining(folder),
        expected: `a table as CSV, TSV, JSON lines or Parquet; this is ${what}`,
      },
    });
  });

  test('for what is UTF-8 at its beginning alone', async () => {
    const text = `city,b\n${'Oslo,1\n'.repeat(200_000)}`;
    const table = await openCsv(
      Buffer.concat([Buffer.from(text), Buffer.from('Z\xfcrich,2\n', 'latin1')]),
    );
    await expect(readAll(table)).rejects.toMatchObject({
      problem: {
        code: 'NotUtf8',
        remedy: "Set format.encoding, for example to 'windows-1252', or convert the file to UTF-8.",
      },
    });
  });

  test('for an encoding that nobody knows', async () => {
    await expect(openCsv('a,b\n1,2\n', { encoding: 'windows-1253x' })).rejects.toMatchObject({
      problem: {
        code: 'UnknownEncoding',
        field: 'format.encoding',
        remedy: "Did you mean 'windows-1252'?",
      },
    });
  });

  test('for a .gz that was cut short', async () => {
    const packed = gzipSync(`a,b\n${'1,2\n'.repeat(100)}`);
    await expect(read(packed.subarray(0, packed.length - 12))).rejects.toMatchObject({
      problem: { code: 'MalformedGzip', expected: 'a whole gzip file: unexpected end of file' },
    });
  });

  test.each([
    [
      'too few fields',
      'a,b\n1,2\n3\n4,5\n',
      'as many fields in each row as in the first; line 3 has 1',
      "Mend line 3: look for a separator in unquoted text, or a missing field; format.ragged 'pad' takes fields missing at the end as empty.",
    ],
    [
      'too many fields, after a blank line and a quoted newline',
      'a,b\n\n"1\n",2\n3,4,5\n',
      'as many fields in each row as in the first; line 5 has 3',
      "Mend line 5: look for a separator in unquoted text, or a missing field; format.ragged 'pad' takes fields missing at the end as empty.",
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
