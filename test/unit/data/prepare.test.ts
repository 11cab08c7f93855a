import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chooseTestRows, Part } from '../../../src/ml/data/split.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import { type JobInput, Split } from '../../../src/schemas/job.ts';
import type { PreparedData } from '../../../src/schemas/prepared-data.ts';
import { collect } from '../../support/collect.ts';
import { cellsOf } from '../../support/column-profiles.ts';
import { jobOf } from '../../support/jobs.ts';
import { Preparation } from '../../support/prepare.ts';
import { writeCsv, writeParquet } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('prepare');
type Row = (string | number)[];

const header = ['index', 'age', 'city', 'paid', 'joined', 'note', 'same', 'house', 'y'] as const;

/** Rows of every type of column, with missing cells; `y` is a class. */
function residents(rows: number): Row[] {
  const random = new RandomStream(1, 'test-residents');
  return cellsOf(rows, (i) => {
    const age = 18 + random.below(60);
    const joined = new Date(Date.UTC(2020, 0, 1 + random.below(1_500))).toISOString().slice(0, 10);
    return [
      i + 1,
      random.below(10) === 0 ? '' : age,
      ['Oslo', 'Rome', 'Lima', 'NA'][random.below(4)] as string,
      ['yes', 'no'][random.below(2)] as string,
      joined,
      `"Seen ${i} times, at most"`,
      'x',
      `h${random.below(40)}`,
      age + 20 * random.normal() > 48 ? 'stays' : 'leaves',
    ];
  });
}

const rows = residents(600);
const data = await writeCsv(join(folder, 'residents.csv'), header, rows);
/** Of more rows than are read at once. */
const long = await writeCsv(join(folder, 'long.csv'), header, residents(9_000));

async function prepare(job: Partial<JobInput> = {}) {
  const preparation = await Preparation.in(folder);
  return { preparation, ...(await preparation.run(jobOf({ data, ...job }))) };
}

const testHashes = ({ parts }: PreparedData) =>
  parts.test.shards.map(({ artifact }) => artifact.sha256);

const trainingHashes = ({ transform, parts }: PreparedData) => ({
  transform: transform.sha256,
  fit: parts.fit.shards.map(({ artifact }) => artifact.sha256),
  validation: parts.validation.shards.map(({ artifact }) => artifact.sha256),
});

const sha256 = (...parts: readonly Uint8Array[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

test('a table becomes a problem, a transform, three parts and a report', async () => {
  const { preparation, prepared, report } = await prepare();
  expect(prepared).toMatchObject({
    problem: { task: 'binary', target: 'y', classes: ['leaves', 'stays'], metric: 'roc_auc' },
    layout: { numeric: 11, categories: [4, 40] },
    targetScale: { log: false, shift: 0, scale: 1 },
    parts: { fit: { rows: 384 }, validation: { rows: 96 }, test: { rows: 120 } },
  });
  const parts =
    'year month.sin month.cos day weekday.sin weekday.cos yearday.sin yearday.cos days'.split(' ');
  const cities = ['Lima', 'Oslo', 'Rome', '(missing)'].map((name) => `city=${name}`);
  expect(prepared.featureNames.slice(0, 11)).toEqual([
    ...['age', 'paid'],
    ...parts.map((part) => `joined.${part}`),
  ]);
  expect(new Set(prepared.featureNames.slice(11, 15))).toEqual(new Set(cities));
  expect(prepared.featureNames).toHaveLength(55);
  expect(prepared.classCounts.reduce((sum, count) => sum + count, 0)).toBe(480);
  expect(report.rows).toEqual({ fit: 384, validation: 96, test: 120 });
  expect(report.source).toEqual({
    path: data,
    format: 'CSV, separator ","',
    bytes: (await readFile(data)).length,
    rows: 600,
  });
  expect(await preparation.leftovers()).toEqual([]);
});

test('the report says of every column what was found, what was done, and why', async () => {
  const { report } = await prepare();
  const said = report.columns.map(({ name, type, typeReason, action, used }) => [
    name,
    type,
    typeReason,
    action.replace(/\d+ missing/, 'n missing'),
    used,
  ]);
  expect(said).toEqual([
    [
      'index',
      'identifier',
      'whole numbers that count the rows',
      'dropped: names rows instead of describing them',
      false,
    ],
    [
      'age',
      'numeric',
      'every value is a number',
      'standardised (x − μ)/σ, n missing → median',
      true,
    ],
    [
      'city',
      'categorical',
      'text with 3 distinct values',
      'one-hot, 3 levels, missing as a level',
      true,
    ],
    [
      'paid',
      'boolean',
      expect.stringMatching(/^two values: (yes, no|no, yes)$/),
      'true 1, false −1',
      true,
    ],
    [
      'joined',
      'datetime',
      'every value is an ISO 8601 date or time',
      'date parts: year, month.sin, month.cos, day, weekday.sin, weekday.cos, yearday.sin, yearday.cos, days',
      true,
    ],
    [
      'note',
      'text',
      '480 distinct values of several words',
      'dropped: no word tells some texts from others',
      false,
    ],
    ['same', 'constant', 'every training row has the same value', 'dropped: says nothing', false],
    ['house', 'categorical', 'text with 40 distinct values', 'one-hot, 40 levels', true],
    ['y', 'target', 'what is to be predicted', 'what is to be predicted', false],
  ]);
  expect(report.warnings).toEqual([expect.stringContaining("'index' looks like an identifier")]);
});

test('numbers are scaled by the training rows alone', async () => {
  // Training rows, fit and validation: mean 4, deviation √10; targets of mean 40.
  const cells = [1, 2, 3, 4, 10, 1_000];
  const parts = ['train', 'train', 'train', 'val', 'val', 'test'];
  const path = await writeCsv(
    join(folder, 'numbers.csv'),
    ['x', 'part', 'y'],
    cells.map((x, row) => [x, parts[row] as string, x * 10 + 0.5]),
  );
  const job = { data: path, split: { kind: 'column', column: 'part' } } as const;
  const { preparation, prepared } = await prepare(job);
  const { shift, scale } = prepared.targetScale;
  expect([shift, scale]).toEqual([
    expect.closeTo(40.5, 10),
    expect.closeTo(10 * Math.sqrt(10), 10),
  ]);
  const read = async (part: 'fit' | 'validation' | 'test') => {
    const stored = await preparation.open(prepared, part);
    const [batch] = await collect(stored.batches(10));
    return { x: [...(batch?.features ?? [])], y: [...(await stored.originalTargets())] };
  };
  const scaled = (x: number) => expect.closeTo((x - 4) / Math.sqrt(10), 4);
  expect(await read('fit')).toEqual({ x: [1, 2, 3].map(scaled), y: [10.5, 20.5, 30.5] });
  expect(await read('validation')).toEqual({ x: [4, 10].map(scaled), y: [40.5, 100.5] });
  expect(await read('test')).toEqual({ x: [scaled(1_000)], y: [10_000.5] });
});

describe('nothing that stands in the test rows changes what is fitted', () => {
  const columns = [...header, 'part'];
  const parted = rows.map((row, i) => [...row, i % 5 === 0 ? 'test' : 'train']);
  const kinds = [
    [{ kind: 'random' }],
    [{ kind: 'time', column: 'joined' }],
    [{ kind: 'group', column: 'house' }],
    [{ kind: 'column', column: 'part' }],
  ] as const;

  const testRowsOf = (split: Split, seed: number): Set<number> => {
    const column = 'column' in split ? columns.indexOf(split.column) : -1;
    const cells = {
      rows: parted.length,
      target: parted.map(() => null),
      column: parted.map((row) => `${row[column]}`),
    };
    const parts = chooseTestRows(split, cells, seed);
    return new Set(cellsOf(parts.length, (row) => row).filter((row) => parts[row] === Part.test));
  };

  /** Another cell, of a kind that was never seen; only targets have to stay what can be scored. */
  const disturb = (cell: string | number, name: string, row: number): string | number => {
    if (name === 'y') return cell === 'stays' ? 'leaves' : 'stays';
    if (name === 'age') return row % 2 === 0 ? 1e9 : 'far too old';
    return row % 3 === 0 ? '' : `unseen ${row}`;
  };

  test.each(kinds)('with %j', async (given) => {
    const job = { seed: 3, split: given };
    const testRows = testRowsOf(Split.parse(given), job.seed);
    const kept = 'column' in given ? given.column : undefined;
    const disturbed = parted.map((row, i) =>
      testRows.has(i)
        ? row.map((cell, c) =>
            columns[c] === kept ? cell : disturb(cell, columns[c] as string, i),
          )
        : row,
    );
    const prepareRows = async (name: string, cells: readonly Row[]) =>
      prepare({
        ...job,
        data: await writeCsv(join(folder, `${given.kind}-${name}.csv`), columns, cells),
      });
    const before = await prepareRows('before', parted);
    const after = await prepareRows('after', disturbed);
    expect(before.prepared.parts.test.rows).toBe(testRows.size);
    expect(trainingHashes(after.prepared)).toEqual(trainingHashes(before.prepared));
    expect(after.prepared.problem).toEqual(before.prepared.problem);
    expect(after.prepared.classCounts).toEqual(before.prepared.classCounts);
    expect(after.report.columns).toEqual(before.report.columns);
    expect(testHashes(after.prepared)).not.toEqual(testHashes(before.prepared));
  });

  test('while a cell of one training row does', async () => {
    const testRows = testRowsOf(Split.parse({ kind: 'random' }), 0);
    const trained = rows.findIndex((row, i) => !testRows.has(i) && row[1] !== '');
    const changed = rows.map((row, i) => (i === trained ? row.with(1, 99) : row));
    const path = await writeCsv(join(folder, 'changed.csv'), header, changed);
    const [before, after] = [await prepare(), await prepare({ data: path })];
    expect(after.prepared.transform.sha256).not.toBe(before.prepared.transform.sha256);
  });
});

describe('a separate test file', () => {
  const train = rows.slice(0, 500);
  // Its columns come in another order, two lack, and one is new.
  const names = ['y', 'paid', 'height', 'age', 'city', 'joined'];
  const others = rows
    .slice(500)
    .map(([, age, city, paid, joined, , , , y]) => [y, paid, 180, age, city, joined] as Row);
  const write = async () => ({
    data: await writeCsv(join(folder, 'train.csv'), header, train),
    test: await writeCsv(join(folder, 'test.csv'), names, others),
  });

  test('gives the test rows, by the names of its columns', async () => {
    const { data, test } = await write();
    const split = { kind: 'file', test } as const;
    const { preparation, prepared, report } = await prepare({ data, split });
    expect(report.rows).toEqual({ fit: 400, validation: 100, test: 100 });
    expect(report.source.rows).toBe(600);
    const stored = await preparation.open(prepared, 'test');
    expect([...(await stored.originalTargets())]).toEqual(
      others.map(([y]) => (y === 'stays' ? 1 : 0)),
    );
    const [batch] = await collect(stored.batches(100));
    const paid = cellsOf(100, (row) => batch?.features[row * stored.width + 1]);
    expect(paid).toEqual(others.map((row) => (row[1] === 'yes' ? 1 : -1)));
    expect(report.warnings).toContain(
      "column 'house' is missing from the test table: imputed there",
    );
  });

  test('is part of the hash of the data', async () => {
    const { data, test } = await write();
    const { prepared } = await prepare({ data, split: { kind: 'file', test } });
    expect(prepared.dataHash).toBe(sha256(await readFile(data), await readFile(test)));
  });
});

describe('what is prepared', () => {
  test('has the hash of the bytes of its table, wherever it lies', async () => {
    const copy = join(folder, 'copy.csv');
    await copyFile(data, copy);
    const expected = sha256(await readFile(data));
    expect((await prepare()).prepared.dataHash).toBe(expected);
    expect((await prepare({ data: copy })).prepared.dataHash).toBe(expected);
  });

  test('is the same byte for byte from the same job and seed', async () => {
    const [first, second] = [await prepare({ seed: 7 }), await prepare({ seed: 7 })];
    expect(second.prepared).toEqual(first.prepared);
    const other = await prepare({ seed: 8 });
    expect(trainingHashes(other.prepared).fit).not.toEqual(trainingHashes(first.prepared).fit);
  });

  test('is the same from Parquet', async () => {
    const path = join(folder, 'residents.parquet');
    await writeParquet(path, `select * from read_csv('${data}', all_varchar = true)`);
    const [csv, parquet] = [await prepare(), await prepare({ data: path })];
    expect(parquet.report.source).toMatchObject({ format: 'Parquet', rows: 600 });
    expect(trainingHashes(parquet.prepared)).toEqual(trainingHashes(csv.prepared));
    expect(testHashes(parquet.prepared)).toEqual(testHashes(csv.prepared));
  });

  test.each([
    [
      'random',
      { kind: 'random', test: 0.25, validation: 0.1 },
      { fit: 405, validation: 45, test: 150 },
    ],
    ['stratified', { kind: 'stratified' }, { fit: 384, validation: 96, test: 120 }],
    ['time', { kind: 'time', column: 'joined' }, { fit: 384, validation: 96, test: 120 }],
  ] as const)('has the shares of its split: %s', async (_, split, shares) => {
    expect((await prepare({ split })).report.rows).toEqual(shares);
  });
});

test('duplicates and missing targets are left out of the training rows, and said', async () => {
  const doubled = [...rows.slice(0, 100), ...rows.slice(0, 10), ...rows.slice(100, 105)].map(
    (row, i) => [...(i >= 110 ? row.with(8, '') : row), 'train'],
  );
  const tested = [...rows.slice(200, 240), ...rows.slice(200, 203), ...rows.slice(0, 2)].map(
    (row) => [...row, 'test'],
  );
  const unlabelled = [...(rows[300] as Row).with(8, ''), 'test'];
  const path = await writeCsv(
    join(folder, 'dirty.csv'),
    [...header, 'part'],
    [...doubled, ...tested, unlabelled],
  );
  const { report } = await prepare({ data: path, split: { kind: 'column', column: 'part' } });
  expect(report.dropped).toEqual({ duplicates: 10, missingTarget: 5 });
  expect(report.rows).toEqual({ fit: 80, validation: 20, test: 45 });
  expect(report.warnings.slice(-3)).toEqual([
    '5 training rows have no target and are left out',
    '1 test rows have no target, or one that no training row has, and are left out',
    '2 TEST ROWS also stand among the training rows, and flatter the model',
  ]);
});

test('a number beyond what models take counts as missing', async () => {
  const cells = cellsOf(50, (i) => [i === 0 ? '1.7976931348623157e308' : i % 9, (i % 7) + 0.5]);
  const path = await writeCsv(join(folder, 'huge.csv'), ['x', 'y'], cells);
  const { preparation, prepared } = await prepare({ data: path });
  const batches = await collect((await preparation.open(prepared, 'fit')).batches(50));
  expect(batches.every(({ features }) => features.every(Number.isFinite))).toBe(true);
});

test('all three passes tell how far they are', async () => {
  const { preparation } = await prepare({ data: long });
  expect(preparation.progress).toEqual(
    ['scan', 'fit', 'write'].flatMap((pass) => [
      { pass, rows: 8_192 },
      { pass, rows: 9_000 },
    ]),
  );
});

describe('a cancelled preparation stops and leaves nothing', () => {
  test.each(['scan', 'fit', 'write'] as const)('in the %s pass', async (pass) => {
    const preparation = await Preparation.in(folder);
    const running = preparation.run(jobOf({ data: long }), (progress, cancel) => {
      if (progress.pass === pass) cancel();
    });
    await expect(running).rejects.toThrow('cancelled');
    expect(preparation.progress.at(-1)).toEqual({ pass, rows: 8_192 });
    expect(preparation.saved).toEqual([]);
    expect(await preparation.leftovers()).toEqual([]);
  });
});

test.each<[string, Partial<JobInput>]>([
  ['ColumnNotFound', { target: 'z' }],
  ['NoInputs', { columns: { drop: [...header.filter((name) => name !== 'y'), 'debt'] } }],
  ['TargetNotPositive', { target: 'debt', preprocess: { targetScale: 'log' } }],
])('%s is noticed before anything is written', async (code, job) => {
  const path = await writeCsv(
    join(folder, 'debts.csv'),
    [...header, 'debt'],
    rows.map((row, i) => [...row, i / 7 - 20]),
  );
  const preparation = await Preparation.in(folder);
  await expect(preparation.run(jobOf({ data: path, ...job }))).rejects.toMatchObject({
    problem: { code },
  });
  expect(preparation.saved).toEqual([]);
  expect(await preparation.leftovers()).toEqual([]);
});
