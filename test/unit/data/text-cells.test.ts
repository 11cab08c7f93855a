import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { CellEncoder } from '../../../src/ml/data/cell-encoder.ts';
import { rowChooser } from '../../../src/ml/data/choose-rows.ts';
import type { ColumnProfile } from '../../../src/ml/data/column-profile.ts';
import { ColumnProfiles } from '../../../src/ml/data/column-profiles.ts';
import { fitColumns } from '../../../src/ml/data/fit-columns.ts';
import { type EncodedRows, FittedTransform } from '../../../src/ml/data/fitted-transform.ts';
import { HeldOutRows } from '../../../src/ml/data/held-out-rows.ts';
import { RowDigests } from '../../../src/ml/data/row-digests.ts';
import { Part } from '../../../src/ml/data/split.ts';
import { toRecord } from '../../../src/ml/data/table.ts';
import { RandomStream } from '../../../src/ml/random.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import { cellsOf, essence } from '../../support/column-profiles.ts';
import { jobOf } from '../../support/jobs.ts';
import { textCells } from '../../support/text-cells.ts';

/** Cells that are read in every way there is, and some that two ways might read otherwise. */
const kinds: Readonly<Record<string, (row: number, random: RandomStream) => string>> = {
  fractions: (_, random) => (random.normal() * 1e3).toFixed(4),
  doubles: (_, random) => `${random.normal()}`,
  thousands: (_, random) => (random.uniform() * 1e3).toFixed(3),
  whole: (_, random) => `${random.below(500) - 250}`,
  sequence: (row) => `${row + 7}`,
  gaps: (_, random) => ['', ' ', 'NA', '3.5', '-99', '12'][random.below(6)] as string,
  odd: (_, random) =>
    [' 7 ', '+5', '1e3', '-.5', '5.', '.', '-', '0', '-0', 'inf', '1e99'][
      random.below(11)
    ] as string,
  truths: (_, random) => ['yes', 'no', 'Yes', 'F'][random.below(4)] as string,
  days: (_, random) => `2026-0${1 + random.below(9)}-${10 + random.below(15)}`,
  moments: (_, random) => new Date(1.7e12 + random.below(1e9) * 60).toISOString(),
  cities: (_, random) => `größe ${random.below(60)} 都市`,
  prices: (_, random) => `${(random.uniform() * 5e3).toFixed(2).replace('.', ',')} €`,
  remarks: (row, random) => `word${random.below(30)} and word${random.below(30)} of ${row}`,
  mixed: (_, random) =>
    ['x y', '1.5', 'true', '2026-01-31', 'n/a', 'x'.repeat(300), '\ufffd'][
      random.below(7)
    ] as string,
};
const columns = [...Object.keys(kinds), 'y'];
const ROWS = 3_000;

function cellsFor(seed: number): string[][] {
  const random = new RandomStream(seed, 'test-text-cells');
  return cellsOf(ROWS, (row) => [
    ...Object.values(kinds).map((kind) => kind(row, random)),
    random.below(2) === 0 ? 'stays' : 'leaves',
  ]);
}

const parts = Uint8Array.from({ length: ROWS }, (_, row) => row % 5).map((part) =>
  part > 1 ? Part.fit : part,
);

/** Profiles of the rows, given by their bytes or as strings. */
function profilesOf(rows: readonly string[][], missing: readonly string[], areBytes: boolean) {
  const choose = rowChooser(parts, { classes: 2, seed: 1, of: (row) => row % 2 });
  const profiles = new ColumnProfiles({
    columns,
    missing: new Set(missing),
    texts: { grams: 'words', columns: new Set(['remarks']) },
    targets: { classes: 2, categories: new Set(['whole']) },
  });
  for (let start = 0; start < ROWS; start += 500) {
    const some = rows.slice(start, start + 500);
    const cells = areBytes ? textCells(some) : undefined;
    profiles.take({ start, rows: areBytes ? [] : some, cells }, choose(start, some.length));
  }
  return profiles;
}

const settings: readonly (readonly [string, Partial<JobInput>])[] = [
  ['as usual', {}],
  ['with numbers that mean missing', { columns: { missing: ['-99', '3.50', '7'] } }],
  [
    'with other encodings',
    {
      columns: {
        encodings: { cities: 'hash', truths: 'one-hot', whole: 'target' },
        types: { whole: 'categorical', truths: 'categorical' },
      },
      preprocess: { outliers: 'clip', skewed: 'log', dates: 'cyclic' },
    },
  ],
];

describe.each(settings)('rows of text by their bytes, %s,', (_, given) => {
  const job = jobOf({ ...given, target: 'y' });
  const rows = cellsFor(1);
  const classes = ['leaves', 'stays'];
  const byBytes = profilesOf(rows, job.columns.missing, true);
  const byStrings = profilesOf(rows, job.columns.missing, false);

  test('have the same profiles as these rows of strings', () => {
    // It tells −0 from 0, and is many times as fast over large blobs as an expectation.
    const others = columns.filter((_, index) => {
      const [profile, other] = [byBytes, byStrings].map(({ profiles }) => profiles[index]);
      return !isDeepStrictEqual(essence(profile as ColumnProfile), essence(other as ColumnProfile));
    });
    expect(others).toEqual([]);
    expect(isDeepStrictEqual(byBytes.states('last'), byStrings.states('last'))).toBe(true);
  });

  test('are encoded to the same bits', () => {
    const { levelTargets } = byStrings;
    const { operations, outOfFold } = fitColumns(job, byStrings.profiles, null, {
      classes,
      levelTargets,
    });
    const transform = FittedTransform.parse({
      schemaVersion: 1,
      missing: job.columns.missing,
      operations,
    });
    const encoder = new CellEncoder(transform);
    const wanted = cellsOf(900, (i) => (7 * i) % ROWS);
    // Others than those that it was fitted on, and a column that is not there.
    const others = cellsFor(2).map((cells) => cells.toSpliced(columns.indexOf('days'), 1));
    const some = columns.filter((name) => name !== 'days');
    for (const [cells, names] of [
      [rows, columns],
      [others, some],
    ] as const) {
      const held = new HeldOutRows(transform, outOfFold, job.seed).of(wanted);
      const records = wanted.map((row) => toRecord(names, cells[row] as string[]));
      const expected = transform.encode(records, held);
      const found = encoder.encode(textCells(cells), names, wanted, held);
      const bytesOf = ({ numeric, codes }: EncodedRows) =>
        Buffer.concat([Buffer.from(numeric.buffer), Buffer.from(codes.buffer)]);
      expect(bytesOf(found).equals(bytesOf(expected))).toBe(true);
    }
  });
});

test('a row has one digest, by its bytes or its strings', () => {
  const rows = cellsFor(3).slice(0, 400);
  const [byBytes, byStrings, without] = [new RowDigests(), new RowDigests(), new RowDigests()];
  byBytes.pushAll(textCells(rows));
  for (const cells of rows) byStrings.push(cells);
  expect(Buffer.from(byBytes.from(0))).toEqual(Buffer.from(byStrings.from(0)));
  expect(new Set(cellsOf(400, (row) => byBytes.bitsOf(row))).size).toBe(400);
  without.pushAll(textCells(rows), 2);
  for (const cells of rows) byBytes.push(cells.toSpliced(2, 1));
  expect(without.from(0)).toEqual(byBytes.from(400));
});

test('cells that belong to several columns are told apart in a digest', () => {
  const digests = new RowDigests();
  digests.pushAll(
    textCells([
      ['a', 'bc'],
      ['ab', 'c'],
      ['', 'abc'],
      ['abc', ''],
    ]),
  );
  expect(
    new Set(cellsOf(4, (row) => Buffer.from(digests.from(row)).toString('hex').slice(0, 24))).size,
  ).toBe(4);
});

test('cells can be asked for as strings, and in another order', () => {
  const rows = [
    ['é', '1'],
    ['', 'x"y'],
  ];
  expect(textCells(rows).toStrings()).toEqual(rows);
  expect(textCells(rows).pick([1, 0, 1]).toStrings()).toEqual([
    ['1', 'é', '1'],
    ['x"y', '', 'x"y'],
  ]);
  const ascii = [
    ['a', 'b'],
    ['c', ''],
  ];
  expect(textCells(ascii).toStrings()).toEqual(ascii);
});
