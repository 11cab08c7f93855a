import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { CsvError } from 'csv-parse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BatchParser, type TextBatch } from '../../../src/ml/data/batch-parser.ts';
import { openTable } from '../../../src/ml/data/open-table.ts';
import { plainFormat, plainRows } from '../../../src/ml/data/plain-rows.ts';
import type { PlainFormat } from '../../../src/ml/data/row-splitter.ts';
import type { TextSource } from '../../../src/ml/data/text/text-source.ts';
import { TextCells } from '../../../src/ml/data/text-cells.ts';
import { RowThreads } from '../../../src/ml/data/threads/row-threads.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import { collect } from '../../support/collect.ts';
import { cellsOf } from '../../support/column-profiles.ts';
import { problemOfRejected } from '../../support/input-problem.ts';
import { jobOf } from '../../support/jobs.ts';
import { readAll } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('plain-rows');
let files = 0;

async function open(text: string, format: JobInput['format'] = {}) {
  files += 1;
  const path = join(folder, `${files}.csv`);
  await writeFile(path, text);
  return openTable(path, jobOf({ format }).format);
}

const plain = (i: number) => [`${i}`, `größe ${'é'.repeat(i % 13)}`, i % 5 === 0 ? '' : '都市'];
const line = (i: number) => plain(i).join(',');

/** What stands in the middle of plain rows, and what it is read as. */
const odd: readonly (readonly [string, string, readonly string[][]])[] = [
  ['a quoted separator', '7,"a,b",x', [['7', 'a,b', 'x']]],
  ['a quoted line end', '7,"a\nb",x', [['7', 'a\nb', 'x']]],
  ['a blank line', '', []],
  ['a line of separators at the end', '7,a,b,,', [['7', 'a', 'b']]],
];

describe.each(['\n', '\r\n'])('text of lines that end in %j', (end) => {
  test.each(odd)('is read alike before and after %s', async (_, found, read) => {
    const quoted = found.replaceAll('\n', end);
    const rows = cellsOf(40, line);
    const table = await open(['a,b,c', ...rows.with(22, quoted), ''].join(end));
    const expected = cellsOf(40, plain);
    expected.splice(22, 1, ...read.map((cells) => cells.map((each) => each.replaceAll('\n', end))));
    expect(await readAll(table)).toEqual(expected);
    const batches = await collect(table.batches({ batchRows: 7 }));
    expect(batches.slice(0, -1).every((batch) => batch.rows.length === 7)).toBe(true);
    let before = 0;
    for (const { rows: own, end: place } of batches) {
      before += own.length;
      const rest = await collect(table.batches({ from: place, batchRows: 7 }));
      expect(rest.flatMap((batch) => batch.rows)).toEqual(expected.slice(before));
    }
  });

  test.each([
    ['', ''],
    ['a mark', '\ufeff'],
    ['a blank line', end],
    ['a mark and a blank line', `\ufeff${end}`],
  ])('is read from the first row on where there is no header, after %s', async (_, before) => {
    const rows = cellsOf(40, line);
    const table = await open(before + [...rows, ''].join(end), { header: false });
    expect(await readAll(table)).toEqual(cellsOf(40, plain));
    const batches = await collect(table.batches({ batchRows: 7 }));
    for (const [index, { end: from }] of batches.entries()) {
      const rest = await collect(table.batches({ from, batchRows: 7 }));
      expect(rest.flatMap((batch) => batch.rows)).toEqual(cellsOf(40, plain).slice(7 * index + 7));
    }
    expect(batches[0]?.end).toMatchObject({ line: before.endsWith(end) ? 8 : 7 });
  });

  test('is refused with the line of a row that has other fields', async () => {
    const table = await open(['a,b,c', ...cellsOf(900, line).with(700, '1,2'), ''].join(end));
    expect(await problemOfRejected(readAll(table))).toMatchObject({
      code: 'MalformedCsv',
      expected: expect.stringContaining('line 702 has 2'),
    });
  });
});

describe('rows, and the places where batches end, are those that a parser tells', () => {
  /** Of which the other one splits. */
  const threads = new RowThreads(2);
  beforeAll(async () => {
    await threads.others[0]?.ask('digest', { cells: TextCells.ofStrings([]), without: undefined });
  });
  afterAll(() => threads.end());
  const separators = [',', ';', '\t', '|'] as const;
  const cells = ['', 'a', '1.5', 'é', '都市', ' x ', 'a b', '-', '0'];
  /** In quotes; what is quoted twice over, or holds what ends rows elsewhere. */
  const quoted = (separator: string) => [
    ...[
      '""',
      '"a"',
      `"${separator}"`,
      '"x\ny"',
      '"\r\n"',
      '"\r"',
      '"say ""hi"""',
      '""""',
      '""""""',
    ],
  ];
  /** After these a parser has to go on. */
  const odd = ['a"b', '"a"b', ' "a"', '"a" ', '\ra'];

  test.each(cellsOf(60, (seed) => seed))('seed %i', async (seed) => {
    const random = new RandomStream(seed, 'test-plain-rows');
    const pick = <T>(all: readonly T[]): T => all[random.below(all.length)] as T;
    const separator = pick(separators);
    const lineEnd = pick(['\n', '\r\n'] as const);
    const fields = 1 + random.below(4);
    const isOdd = seed % 3 === 0;
    const cell = () => {
      if (isOdd && random.below(80) === 0) return pick(odd);
      return random.below(4) === 0 ? pick(quoted(separator)) : pick(cells);
    };
    const rows = cellsOf(60, () => cellsOf(fields, cell).join(separator));
    const header = cellsOf(fields, (i) => `"c${i}"`).join(separator);
    const text = [header, ...rows, ...(random.below(2) === 0 ? [''] : [])].join(lineEnd);
    const bytes = Buffer.from(text);
    const batchRows = 1 + random.below(20);
    const format = plainFormat(text, { separator, quote: '"', fields });
    const start = Buffer.byteLength(header + lineEnd);

    const parsed = await parse(bytes, { separator, fields, batchRows });
    const split = plainRows(
      inPieces(bytes, 1 + random.below(50)),
      format as PlainFormat,
      batchRows,
      { kind: 'byte', byte: start, line: 1 },
      seed % 2 === 0 ? threads : undefined,
    );
    const found: TextBatch[] = [];
    let next = await split.next();
    for (; next.done !== true; next = await split.next()) found.push(next.value);
    const shown = found.map(({ rows: own, end }) => ({ rows: own, end }));
    expect(shown).toEqual(parsed.slice(0, found.length));
    const last = found.at(-1)?.end ?? { kind: 'byte', byte: start, line: 1 };
    expect([null, last]).toContainEqual(next.value);
    // Only what is odd is the parser's, and rows of one empty cell.
    const isWhole = found.length === parsed.length;
    expect(isOdd || fields === 1 || isWhole).toBe(true);
    expect(next.value === null).toBe(next.value === null && isWhole);
  });
});

/** What a parser makes of it, up to where it finds a fault. */
async function parse(
  bytes: Buffer,
  { separator, fields, batchRows }: { separator: string; fields: number; batchRows: number },
): Promise<{ rows: readonly (readonly string[])[]; end: TextBatch['end'] }[]> {
  const parser = new BatchParser(
    { delimiter: separator, skip_empty_lines: true },
    { batchRows, skipsFirst: true, fields: { count: fields, mayBeFewer: false } },
  );
  const batches: TextBatch[] = [];
  parser.end(bytes);
  try {
    for await (const batch of parser as AsyncIterable<TextBatch>) batches.push(batch);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
  }
  return batches.map(({ rows, end }) => ({ rows, end }));
}

/** A text that is read so many bytes at a time. */
const inPieces = (bytes: Buffer, size: number): TextSource => ({
  ...{ path: 'memory', bytes: bytes.length, head: bytes.toString(), manner: '', notes: [] },
  read: (from = 0) =>
    Readable.from(
      cellsOf(Math.ceil((bytes.length - from) / size), (i) =>
        bytes.subarray(from + i * size, Math.min(bytes.length, from + (i + 1) * size)),
      ),
    ),
});

test('of a text whose signs are several bytes, or whose rows end otherwise, nothing is plain', () => {
  const format = (head: string, separator: string, quote = '"') =>
    plainFormat(head, { separator, quote, fields: 2 });
  expect(format('a,b\n', ',')).toMatchObject({ lineEnd: '\n' });
  expect(format('"a\r",b\r\n', ',')).toMatchObject({ lineEnd: '\r\n' });
  expect(format('a,b\n', ',', '')).toMatchObject({ quote: -1 });
  expect(format('a,b\r', ',')).toBeNull();
  expect(format('a,b', ',')).toBeNull();
  expect(format('a||b\n', '||')).toBeNull();
  expect(format('a§b\n', '§')).toBeNull();
  expect(format('a,b\n', ',', '«')).toBeNull();
});

test('rows are whole that are longer than what is read at once', async () => {
  const long = cellsOf(40, (i) => [`${i}`, 'x'.repeat(100_000), '"']);
  const lines = long.map(([a, b]) => `${a},${b},""""`);
  expect(await readAll(await open(`a,b,c\n${lines.join('\n')}\n`))).toEqual(long);
});
