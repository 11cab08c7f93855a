import { describe, expect, test } from 'vitest';
import { assignRows } from '../../../src/ml/data/assign-rows.ts';
import { RowDigests } from '../../../src/ml/data/row-digests.ts';
import type { ScannedRows } from '../../../src/ml/data/scan-rows.ts';
import { Part } from '../../../src/ml/data/split.ts';
import type { JobInput } from '../../../src/schemas/job.ts';
import { cellsOf } from '../../support/column-profiles.ts';
import { jobOf } from '../../support/jobs.ts';

interface Row {
  readonly target: string | null;
  /** Where it stands, if the split is by column; `train` where left out. */
  readonly part?: string;
  /** Equal for equal rows; by default no two are equal. */
  readonly digest?: string;
}

function digestsOf(rows: readonly Row[]): RowDigests {
  const digests = new RowDigests();
  rows.forEach(({ digest }, row) => {
    digests.push([digest ?? `row ${row}`]);
  });
  return digests;
}

const scan = (rows: readonly Row[], tableRows = rows.length): ScannedRows => ({
  rows: rows.length,
  tableRows,
  target: rows.map(({ target }) => target),
  column: rows.map(({ part }) => part ?? 'train'),
  digests: digestsOf(rows),
});

const byColumn = { split: { kind: 'column', column: 'part' } } as const;

const assign = (rows: readonly Row[], job: Partial<JobInput> = byColumn) =>
  assignRows(jobOf(job), scan(rows));

const numbers = (count: number, more: Partial<Row> = {}): Row[] =>
  cellsOf(count, (i) => ({ target: `${i + 0.5}`, ...more }));

const countParts = (parts: Uint8Array) =>
  Object.fromEntries(
    Object.entries(Part).map(([name, part]) => [
      name,
      parts.filter((each) => each === part).length,
    ]),
  );

test('rows get their part, their target, and the table its problem', () => {
  const assigned = assign(numbers(100), {});
  expect(countParts(assigned.parts)).toEqual({ fit: 64, validation: 16, test: 20, dropped: 0 });
  expect([...assigned.targets]).toEqual(cellsOf(100, (i) => i + 0.5));
  expect(assigned.problem).toMatchObject({ task: 'regression', target: 'y', metric: 'rmse' });
  expect(assigned.targetProfile.rows).toBe(80);
});

test('a class is known by its place among the classes', () => {
  const rows = cellsOf(40, (i) => ({ target: ['red', 'blue', 'green'][i % 3] as string }));
  const { problem, targets } = assign(rows, {});
  expect(problem.classes).toEqual(['blue', 'green', 'red']);
  expect([...targets].slice(0, 4)).toEqual([2, 0, 1, 2]);
});

test('a class with a name beyond 200 characters keeps its rows', () => {
  const rows = cellsOf(40, (i) => ({ target: `${i % 2}`.padEnd(300, 'x') }));
  const { parts, targets } = assign(rows, {});
  expect(countParts(parts)).toMatchObject({ dropped: 0 });
  expect([...targets].slice(0, 4)).toEqual([0, 1, 0, 1]);
});

describe('cleaning', () => {
  const test20 = numbers(20, { part: 'test' });

  test('drops training rows that stand there twice, but no test rows', () => {
    const twice = { target: '7', digest: 'twice' };
    const rows = [
      twice,
      ...numbers(20),
      twice,
      twice,
      ...test20,
      { target: '8', part: 'test', digest: 'again' },
      { target: '8', part: 'test', digest: 'again' },
    ];
    const { parts, dropped } = assign(rows);
    expect(dropped).toEqual({ duplicates: 2, missingTarget: 0 });
    expect(parts[0]).not.toBe(Part.dropped);
    expect([parts[21], parts[22]]).toEqual([Part.dropped, Part.dropped]);
    expect(countParts(parts)).toMatchObject({ test: 22, dropped: 2 });
  });

  test('keeps duplicates where the job says so', () => {
    const rows = [...numbers(20, { digest: 'same' }), ...test20];
    const kept = assign(rows, { ...byColumn, preprocess: { dropDuplicates: false } });
    expect(kept.dropped.duplicates).toBe(0);
    expect(assign([...numbers(10), ...rows]).dropped.duplicates).toBe(19);
  });

  test('drops training rows without a target, and counts them', () => {
    const { parts, dropped, targets } = assign([
      { target: null },
      ...numbers(20),
      { target: null },
      ...test20,
    ]);
    expect(dropped).toEqual({ duplicates: 0, missingTarget: 2 });
    expect([parts[0], targets[0]]).toEqual([Part.dropped, Number.NaN]);
  });

  test('a row without a target is no duplicate', () => {
    const lacking = { target: null, digest: 'same' };
    const { dropped } = assign([lacking, lacking, ...numbers(20), ...test20]);
    expect(dropped).toEqual({ duplicates: 0, missingTarget: 2 });
  });

  test('leaves out test rows without a target that can be scored, and counts them apart', () => {
    const rows = cellsOf(40, (i) => ({ target: i % 2 === 0 ? 'no' : 'yes' }));
    const unusable = [null, 'maybe'].map((target) => ({ target, part: 'test' }));
    const scored = ['no', 'yes'].map((target) => ({ target, part: 'test' }));
    const assigned = assign([...rows, ...unusable, ...scored]);
    expect(assigned.unusableTestRows).toBe(2);
    expect(assigned.dropped).toEqual({ duplicates: 0, missingTarget: 0 });
    expect(assigned.problem.classes).toEqual(['no', 'yes']);
    expect(countParts(assigned.parts)).toMatchObject({ test: 2, dropped: 2 });
  });

  test('counts test rows that also stand among the training rows', () => {
    const rows = [
      { target: '1', digest: 'a' },
      ...numbers(20),
      ...test20,
      { target: '1', part: 'test', digest: 'a' },
      { target: '1', part: 'test', digest: 'a' },
    ];
    const { repeatedTestRows, parts } = assign(rows);
    expect(repeatedTestRows).toBe(2);
    expect(countParts(parts)).toMatchObject({ test: 22 });
  });
});

test('the rows of a test table are test rows, and all others train', () => {
  const rows = [...numbers(50), ...numbers(10)];
  const job = jobOf({ split: { kind: 'file', test: 'test.csv' } });
  const { parts } = assignRows(job, { ...scan(rows, 50), column: undefined });
  expect(countParts(parts)).toEqual({ fit: 40, validation: 10, test: 10, dropped: 0 });
  expect([...parts.subarray(50)]).toEqual(Array(10).fill(Part.test));
});

test('nothing in the test rows changes what is decided', () => {
  const rows = cellsOf(200, (i) => ({ target: i % 3 === 0 ? 'yes' : 'no' }));
  const before = assign(rows, { seed: 5 });
  const changed = rows.map((row, i) =>
    before.parts[i] === Part.test
      ? { target: ['yes', 'no', 'strange', null][i % 4] as string | null, digest: 'row 0' }
      : row,
  );
  const after = assign(changed, { seed: 5 });
  expect(after.problem).toEqual(before.problem);
  expect(after.decisions).toEqual(before.decisions);
  for (const part of [Part.fit, Part.validation]) {
    expect(after.parts.map((each) => Number(each === part))).toEqual(
      before.parts.map((each) => Number(each === part)),
    );
  }
});

describe('a table is refused', () => {
  const refusal = (problem: object) => expect.objectContaining({ problem });

  test('with fewer than five rows', () => {
    expect(() => assign(numbers(4), {})).toThrow(
      refusal({
        code: 'TooFewRows',
        field: 'data',
        value: 'table.csv',
        expected: '5 rows at least; there are 4',
        remedy: 'Add rows: some have to be kept to validate and to test.',
      }),
    );
    expect(countParts(assign(numbers(5), {}).parts)).toMatchObject({ fit: 3, test: 1 });
  });

  test.each([
    ['to test', '1 usable rows at least to test; this split leaves 0', numbers(20)],
    [
      'to validate',
      '1 usable rows at least to validate; this split leaves 0',
      [...numbers(3), ...numbers(8, { part: 'test' })],
    ],
    [
      'to fit',
      '2 usable rows at least to fit; this split leaves 1',
      [...numbers(1), ...numbers(5, { part: 'val' }), ...numbers(5, { part: 'test' })],
    ],
  ])('whose split leaves no rows %s', (_, expected, rows) => {
    const split = { kind: 'column', column: 'part', validation: 0.1 } as const;
    expect(() => assign(rows, { split })).toThrow(
      refusal({
        code: 'EmptyPart',
        field: 'split',
        value: split,
        expected,
        remedy: 'Choose another split, or add rows.',
      }),
    );
  });

  test.each(['roc_auc', 'pr_auc'] as const)(
    'whose test rows are of one class, for %s',
    (metric) => {
      const rows = cellsOf(40, (i) => ({ target: i % 2 === 0 ? 'no' : 'yes' }));
      const same = cellsOf(10, () => ({ target: 'no', part: 'test' }));
      expect(() => assign([...rows, ...same], { ...byColumn, metric })).toThrow(
        refusal({
          code: 'MetricUndefined',
          field: 'metric',
          value: metric,
          expected: 'a metric that is defined where all test rows are of one class',
          remedy: "Choose another metric, such as log_loss, or a 'stratified' split.",
        }),
      );
      expect(() => assign([...rows, ...same], { ...byColumn, metric: 'log_loss' })).not.toThrow();
    },
  );
});
