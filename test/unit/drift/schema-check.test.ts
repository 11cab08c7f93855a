import { expect, test } from 'vitest';
import { fitColumns } from '../../../src/ml/data/fit-columns.ts';
import { FittedTransform } from '../../../src/ml/data/fitted-transform.ts';
import { SchemaCheck } from '../../../src/ml/drift/schema-check.ts';
import type { DataReport } from '../../../src/schemas/data-report.ts';
import { cellsOf, profileOf } from '../../support/column-profiles.ts';
import { jobOf } from '../../support/jobs.ts';

const ROWS = 100;
const before = {
  age: cellsOf(ROWS, (i) => 20 + (i % 50)),
  price: cellsOf(ROWS, (i) => `${i % 9},5 €`),
  plan: cellsOf(ROWS, (i) => ['basic', 'pro'][i % 2]),
  city: cellsOf(ROWS, (i) => `city ${i % 80}`),
  y: cellsOf(ROWS, (i) => i % 3),
};
const { operations, reports } = fitColumns(
  jobOf({ columns: { types: { city: 'categorical' } } }),
  Object.entries(before).map(([name, cells]) => profileOf(cells, { name })),
);
const transform = FittedTransform.parse({ schemaVersion: 1, missing: ['none'], operations });
const report = {
  rows: { fit: 80, validation: 20, test: 0 },
  columns: reports,
} as unknown as DataReport;

type Row = Record<string, unknown>;
const rowsOf = (change: (i: number) => Row) =>
  cellsOf(ROWS, (i) => ({
    ...{ age: before.age[i], price: before.price[i], plan: before.plan[i], city: before.city[i] },
    ...change(i),
  }));

function findingsOf(change: (i: number) => Row) {
  const check = new SchemaCheck(transform, report);
  // In batches, as a table comes.
  const rows = rowsOf(change);
  check.take(rows.slice(0, 33));
  check.take(rows.slice(33));
  return check.findings(0.2);
}

test('rows like those before are nothing to tell of', () => {
  expect(findingsOf(() => ({}))).toEqual([]);
});

test('of numbers the range is told, as people write them too, by how many lie outside', () => {
  expect(
    findingsOf((i) => (i < 2 ? { age: 150 + i } : { price: i < 40 ? '99,5 €' : '1,5 €' })),
  ).toEqual([
    {
      ...{ column: 'price', kind: 'range', severity: 'error', share: 0.38 },
      message: "'price' has 38 values (38 %) outside 0.5 to 8.5: 0.5 to 99.5",
    },
    {
      ...{ column: 'age', kind: 'range', severity: 'warning', share: 0.02 },
      message: "'age' has 2 values (2.0 %) outside 20 to 69: 20 to 151",
    },
  ]);
});

test('of categories those that are unknown, where all were known', () => {
  expect(
    findingsOf((i) => ({ city: `town ${i}`, ...(i < 30 && { plan: `new ${i % 5}` }) })),
  ).toEqual([
    {
      ...{ column: 'plan', kind: 'categories', severity: 'error', share: 0.3 },
      message: "'plan' has 30 cells (30 %) of unknown categories: 'new 0', 'new 1', 'new 2'",
    },
  ]);
});

test('cells that are missing where they were not', () => {
  expect(findingsOf((i) => (i < 5 ? { age: 'none' } : {}))).toEqual([
    {
      ...{ column: 'age', kind: 'missing', severity: 'warning', share: 0.05 },
      message: "'age' is missing in 5.0 % of the rows, before in 0.0 %",
    },
  ]);
});
