import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { JobInput } from '../../../src/schemas/job.ts';
import { messyFiles } from '../../fixtures/messy.ts';
import { problemOfRejected } from '../../support/input-problem.ts';
import { jobOf } from '../../support/jobs.ts';
import { Preparation } from '../../support/prepare.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('messy');
const corpus = join(import.meta.dirname, '../../fixtures/messy');

interface Case {
  readonly job?: Partial<JobInput>;
  /** Rows of the file; 40 unless another number is named. */
  readonly rows?: number;
  /** Types by column, where they are not those of the usual columns. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Least and greatest number of the training rows, where they are not the usual ones. */
  readonly ranges?: Readonly<Record<string, readonly [number, number]>>;
  /** Most frequent values of a column. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** Missing cells of the training rows. */
  readonly missing?: Readonly<Record<string, number>>;
  readonly withoutTarget?: number;
  /** All warnings, each by a part of it; loud ones first. */
  readonly warnings?: readonly string[];
}

const USUAL = {
  columns: { age: 'numeric', city: 'categorical', pay: 'numeric', y: 'target' },
  ranges: { age: [18, 77], pay: [1229.13, 9870.52], y: [-260.5, 177.7] },
} as const;
const accented = { city: ['Málaga', 'Zürich', 'Oslo'] };
const notUtf8 = (name: string) => `the file is not UTF-8 and is READ AS ${name}`;
const withComma = (column: string) => `column '${column}' is read as numbers with DECIMAL COMMA`;
const withPoint = (column: string) => `column '${column}' is read as numbers with DECIMAL POINT`;
const identifier = (column: string) =>
  `column '${column}' looks like an identifier and is not used`;
const sorted = "the rows are SORTED BY THE TARGET 'y'";
const leaks = (column: string) => `column '${column}' ALONE PREDICTS 'y' almost perfectly`;

const READ: Readonly<Record<string, Case>> = {
  'utf8-bom.csv': { values: accented },
  'utf16le-bom.csv': { values: accented },
  'utf16be-bom.csv': { values: accented },
  'utf16le-no-mark.csv': { values: accented, warnings: [notUtf8('UTF-16LE')] },
  'windows-1252.csv': {
    values: { city: ['Málaga', 'Zürich', 'Œuvre – 5 €'] },
    warnings: [notUtf8('WINDOWS-1252')],
  },
  'shift-jis.csv': {
    job: { format: { encoding: 'shift_jis' } },
    columns: { age: 'numeric', 都市: 'categorical', pay: 'numeric', y: 'target' },
    values: { 都市: ['Lima', 'Rome', '東京'] },
  },
  'unicode-names.csv': {
    columns: { 'größe 😀': 'numeric', город: 'categorical', pay: 'numeric', y: 'target' },
    ranges: { 'größe 😀': [18, 77] },
  },

  'semicolon.csv': { warnings: [withComma('y'), withComma('pay')] },
  'tab.tsv': {},
  'bar.txt': {},
  'cr.csv': {},
  'crlf.csv': {},
  'blank-lines.csv': {},
  'trailing-separator.csv': {},
  'rows-of-nothing.csv': {
    rows: 42,
    ranges: { age: [18, 72], y: [-216.3, 177.7] },
    withoutTarget: 2,
    warnings: ['2 training rows have no target and are left out'],
  },
  'quoted-newlines.csv': {
    values: { city: ['Lima', 'Rome', 'Oslo'].map((city) => `${city}\nCentre, "old"`) },
  },
  'quote-inside.tsv': {
    job: { format: { quote: '' } },
    values: { city: ['3" pipe', '0" pipe', '1" pipe', '2" pipe'] },
  },
  'ragged-few.csv': {
    job: { format: { ragged: 'pad' } },
    withoutTarget: 1,
    warnings: ['1 training rows have no target and are left out'],
  },

  'header-twice.csv': {
    columns: { ...USUAL.columns, age_2: 'numeric' },
    ranges: { age_2: [19, 78] },
    warnings: ["the column name 'age' stands there TWICE: column 5 is called 'age_2'"],
  },
  'header-empty.csv': {
    columns: { column1: 'identifier', ...USUAL.columns },
    warnings: ["column 1 has no name and is called 'column1'", identifier('column1')],
  },
  'header-missing.csv': {
    job: { format: { header: false }, target: 'column3' },
    rows: 40,
    columns: { column1: 'numeric', column2: 'numeric', column3: 'target' },
  },
  'header-long.csv': {
    columns: {
      [`age ${'in whole years '.repeat(200)}`.trim()]: 'numeric',
      city: 'categorical',
      pay: 'numeric',
      y: 'target',
    },
  },
  'header-newline.csv': {
    columns: { 'age,\nin years': 'numeric', city: 'categorical', pay: 'numeric', y: 'target' },
  },
  'row-names.csv': {
    columns: { column1: 'identifier', ...USUAL.columns },
    warnings: ["column 1 has no name and is called 'column1'", identifier('column1')],
  },

  'thousands-comma.csv': { warnings: [withPoint('pay')] },
  'thousands-point.csv': { warnings: [withComma('pay')] },
  'thousands-space.csv': { warnings: [withComma('y'), withComma('pay')] },
  'thousands-apostrophe.csv': { warnings: [withPoint('pay')] },
  'thousands-doubtful.csv': {
    ranges: { pay: [1229, 9870] },
    warnings: [
      `${withPoint('pay')}: '5,291' in row 1 is 5291; 32 cells would be other numbers with decimal comma: format.decimal decides`,
    ],
  },
  'thousands-by-others.csv': {
    ranges: { age: [4.5, 19.25], pay: [1229, 9870] },
    warnings: [withComma('y'), withComma('age'), `${withComma('pay')}: '5.291' in row 1 is 5291;`],
  },
  'currency-before.csv': { warnings: [`${withPoint('pay')}, its unit '$' left out`] },
  'currency-after.csv': { warnings: [`${withComma('pay')}, its unit '€' left out`] },
  'currencies.csv': {
    columns: { ...USUAL.columns, pay: 'identifier' },
    warnings: [
      identifier('pay'),
      "column 'pay' holds numbers of SEVERAL UNITS, '$' (16), '€' (16), and is no number",
    ],
  },
  'percent.csv': { warnings: [`${withPoint('age')}, its unit '%' left out`] },
  'unit.csv': { warnings: [`${withPoint('age')}, its unit 'kg' left out`] },
  'units.csv': {
    columns: { ...USUAL.columns, age: 'categorical' },
    warnings: ["column 'age' holds numbers of SEVERAL UNITS, 'kg' (10), 'lb' (22)"],
  },
  'brackets.csv': {
    ranges: { age: [-37.5, 40.5] },
    warnings: [`${withPoint('age')}: '(1.50)' in row 1 is -1.5`],
  },
  'minus-sign.csv': {
    ranges: { age: [-77, 71] },
    warnings: [`${withPoint('age')}: '−38' in row 1 is -38`],
  },
  'infinite.csv': { warnings: ["column 'age': 3 infinite cells count as missing"] },
  'outlier.csv': {
    rows: 200,
    ranges: { age: [18, 100_000] },
    warnings: ["column 'age': 1 values lie far from the rest, outside -258 to 357"],
  },
  'code-for-missing.csv': {
    rows: 80,
    ranges: { age: [-999, 77] },
    warnings: ["column 'age': -999 stands in 7 rows, FAR FROM ALL OTHERS"],
  },
  'target-with-currency.csv': { warnings: [`${withComma('y')}, its unit '€' left out`] },
  'target-with-dashes.csv': {
    ranges: { pay: [1229.13, 9746.72], y: [-260.5, 151.2] },
    withoutTarget: 4,
    warnings: [
      '4 training rows have no target and are left out',
      '1 test rows have no target, or one that no training row has',
    ],
  },

  'question-marks.csv': { ranges: { age: [18, 71] }, missing: { age: 10 } },
  'dashes.csv': {
    ranges: { age: [20, 71] },
    warnings: ["column 'age': '-' (10), '--' (4) count as missing"],
  },
  'not-available.csv': {
    ranges: { age: [21, 77] },
    missing: { age: 9 },
    warnings: ["column 'age': 'unknown' (4), 'n.a.' (5) count as missing"],
  },
  'yes-no-unknown.csv': {
    columns: { ...USUAL.columns, city: 'boolean' },
    warnings: ["column 'city': 'unknown' (11) count as missing"],
  },
  'dates-with-dashes.csv': {
    columns: { ...USUAL.columns, city: 'datetime' },
    warnings: ["column 'city': '-' (4) count as missing"],
  },
  'mixed.csv': {
    columns: { ...USUAL.columns, age: 'categorical' },
    warnings: [
      "column 'age' is MIXED: 22 of 32 values are numbers, the others are text, first 'low' in row 1",
    ],
  },
  'constant.csv': { columns: { ...USUAL.columns, city: 'constant' } },
  'empty-column.csv': { columns: { ...USUAL.columns, city: 'empty' }, missing: { city: 32 } },
  'nearly-constant.csv': {
    rows: 300,
    ranges: { pay: [1006.33, 9896.4], y: [-260.5, 330.7] },
    warnings: ["column 'city' is nearly constant: 'Oslo' in 239 of 240 values"],
  },

  'remarks.csv': { rows: 100, columns: { remark: 'text', y: 'target' } },

  'identifier.csv': {
    columns: { customer_id: 'identifier', ...USUAL.columns },
    warnings: [identifier('customer_id')],
  },
  'codes.csv': { columns: { key: 'identifier', ...USUAL.columns }, warnings: [identifier('key')] },
  'leak.csv': {
    rows: 200,
    columns: { ...USUAL.columns, outcome: 'categorical' },
    warnings: [leaks('outcome')],
  },
  'leak-of-a-copy.csv': {
    rows: 120,
    columns: { ...USUAL.columns, y_in_cents: 'numeric' },
    warnings: [leaks('y_in_cents')],
  },
  'leak-by-gaps.csv': {
    rows: 200,
    columns: { ...USUAL.columns, closed: 'numeric' },
    missing: { closed: 80 },
    warnings: [leaks('closed')],
  },
  'copies.csv': {
    rows: 300,
    columns: { id: 'identifier', ...USUAL.columns },
    warnings: ['41 of 60 TEST ROWS EQUAL A TRAINING ROW', identifier('id')],
  },
  'sorted.csv': { rows: 120, warnings: [sorted] },
  'sorted-by-class.csv': { rows: 120, warnings: [sorted] },

  'lines.jsonl': {},
  'lines-with-gaps.jsonl': {
    columns: {
      age: 'numeric',
      pay: 'numeric',
      y: 'target',
      city: 'categorical',
      tags: 'categorical',
    },
    values: { tags: ['[0]', '[1]'] },
    missing: { city: 8, tags: 8 },
  },
  'packed.csv.gz': { values: accented },
  'packed.jsonl.gz': {},
  'packed-utf16.csv.gz': { values: accented },
  'parts/*.csv': {},
};

/** In tables of other rows than the usual ones, numbers have other ranges. */
const usualRanges = ({ rows = 40, columns = USUAL.columns }: Case) =>
  rows > 42
    ? {}
    : Object.fromEntries(
        Object.entries(USUAL.ranges).filter(
          ([name]) => (columns as Record<string, string>)[name] === 'numeric',
        ),
      );

describe('a messy table is read for what it is:', () => {
  test.each(Object.entries(READ))('%s', async (name, expected) => {
    const preparation = await Preparation.in(folder);
    const job = jobOf({ data: join(corpus, name), ...expected.job });
    const { report } = await preparation.run(job);
    expect(report.source.rows).toBe(expected.rows ?? 40);
    expect(Object.fromEntries(report.columns.map((column) => [column.name, column.type]))).toEqual(
      expected.columns ?? USUAL.columns,
    );
    const columns = new Map(report.columns.map((column) => [column.name, column]));
    for (const [column, [min, max]] of Object.entries({
      ...usualRanges(expected),
      ...expected.ranges,
    })) {
      expect(columns.get(column)?.numeric, column).toMatchObject({ min, max });
    }
    for (const [column, values] of Object.entries(expected.values ?? {})) {
      expect(columns.get(column)?.top.map(({ value }) => value)).toEqual(values);
    }
    for (const { name, missing } of report.columns) {
      expect(missing, name).toBe(expected.missing?.[name] ?? 0);
    }
    expect(report.dropped).toEqual({ duplicates: 0, missingTarget: expected.withoutTarget ?? 0 });
    expect(report.warnings).toEqual(
      (expected.warnings ?? []).map((part) => expect.stringContaining(part)),
    );
  });
});

const REFUSED: Readonly<Record<string, readonly [code: string, expected: string]>> = {
  'quote-unclosed.csv': ['MalformedCsv', 'well-formed CSV; line 41: Quote Not Closed'],
  'quote-inside.tsv': ['MalformedCsv', 'well-formed CSV; line 2: Invalid Opening Quote'],
  'ragged-few.csv': ['MalformedCsv', 'as many fields in each row as in the first; line 6 has 2'],
  'ragged-many.csv': ['MalformedCsv', 'as many fields in each row as in the first; line 10 has 5'],
  'target-twice.csv': ['DuplicateColumn', 'a column whose name stands there once'],
  'header-missing.csv': ['ColumnNotFound', 'one of the columns 38, 5291.15, 177.7'],
  'header-alone.csv': ['NoRows', 'at least one row below the header'],
  'nothing.csv': ['EmptyFile', 'a table with a header and rows; the file is empty'],
  'lines-broken.jsonl': ['MalformedJsonLines', 'a JSON object a line; line 2: '],
  'list.json': ['MalformedJsonLines', 'a JSON object a line; line 1 is something else'],
  'packed-cut.csv.gz': ['MalformedGzip', 'a whole gzip file: unexpected end of file'],
  'workbook.xlsx': ['NotText', 'this is an Excel workbook or another ZIP archive'],
  'other-parts/*.csv': ['OtherColumns', 'it lacks city, pay, and it has income beside them'],
};

describe('a table that can not be read is refused, and says why:', () => {
  test.each(Object.entries(REFUSED))('%s', async (name, [code, expected]) => {
    const preparation = await Preparation.in(folder);
    const run = preparation.run(jobOf({ data: join(corpus, name) }));
    const problem = await problemOfRejected(run);
    expect(problem).toMatchObject({ code, expected: expect.stringContaining(expected) });
    expect(problem.remedy).not.toBe('');
    expect(await preparation.leftovers()).toEqual([]);
  });
});

test('the corpus is what its script writes, and each of its files is used', async () => {
  const unpacked = (name: string, bytes: Uint8Array) =>
    name.endsWith('.gz') && !name.includes('cut') ? gunzipSync(bytes) : Buffer.from(bytes);
  for (const [name, content] of Object.entries(messyFiles)) {
    const stored = unpacked(name, await readFile(join(corpus, name)));
    if (name.includes('cut')) continue;
    expect(stored.equals(unpacked(name, Buffer.from(content as Uint8Array))), name).toBe(true);
    const pattern = name.replace(/(?<=\/).*/, '*.csv');
    expect([...Object.keys(READ), ...Object.keys(REFUSED)]).toContain(pattern);
  }
  expect(Object.keys(messyFiles).length).toBeGreaterThan(40);
});
