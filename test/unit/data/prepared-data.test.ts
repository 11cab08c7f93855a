import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ZodError } from 'zod';
import { canonicalJson } from '../../../src/canonical-json.ts';
import { DataReport } from '../../../src/schemas/data-report.ts';
import { Split } from '../../../src/schemas/job.ts';
import { PreparedData } from '../../../src/schemas/prepared-data.ts';
import { jobOf } from '../../support/jobs.ts';
import { Preparation } from '../../support/prepare.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('prepared-data');
const data = await writeCsv(join(folder, 'customers.csv'), customerHeader, customers(100));
const preparation = await Preparation.in(folder);
const { prepared, report } = await preparation.run(jobOf({ data, target: 'left' }));

test('what is stored reads back as it was', () => {
  expect(PreparedData.parse(JSON.parse(canonicalJson(prepared)))).toEqual(prepared);
  expect(DataReport.parse(JSON.parse(canonicalJson(report)))).toEqual(report);
});

describe('prepared data are refused with', () => {
  const { fit } = prepared.parts;
  test.each<[string, object]>([
    ['an unknown key', { extra: 1 }],
    ['another version', { schemaVersion: 2 }],
    ['a hash of another kind', { dataHash: 'abc' }],
    ['a scale of 0', { targetScale: { log: false, shift: 0, scale: 0 } }],
    ['a one-hot block without levels', { layout: { numeric: 1, categories: [0], imputed: [0] } }],
    ['half a row', { parts: { ...prepared.parts, fit: { ...fit, rows: 0.5 } } }],
    [
      'a shard without rows',
      { parts: { ...prepared.parts, fit: { ...fit, shards: [{ ...fit.shards[0], rows: 0 }] } } },
    ],
    ['two parts', { parts: { fit, test: fit } }],
    ['an unknown metric', { problem: { ...prepared.problem, metric: 'luck' } }],
  ])('%s', (_, change) => {
    expect(() => PreparedData.parse({ ...prepared, ...change })).toThrow(ZodError);
  });
});

test.each<[string, object]>([
  ['a mean that is infinite', { numeric: { min: 0, max: 1, mean: Infinity, std: 1, median: 0 } }],
  ['an unknown type', { type: 'guess' }],
  ['no reason', { typeReason: undefined }],
])('a report with %s is refused', (_, change) => {
  const [first, ...others] = report.columns;
  const columns = [{ ...first, ...change }, ...others];
  expect(() => DataReport.parse({ ...report, columns })).toThrow(ZodError);
});

test('a split has a fifth to test and a fifth of the rest to validate by default', () => {
  expect(Split.parse({ kind: 'random' })).toEqual({ kind: 'random', test: 0.2, validation: 0.2 });
  expect(Split.parse({ kind: 'group', column: 'g' })).toMatchObject({ test: 0.2, validation: 0.2 });
  expect(Split.parse({ kind: 'column', column: 'c' })).toEqual({
    kind: 'column',
    column: 'c',
    validation: 0.2,
  });
});

test.each<[string, object]>([
  ['no test rows', { kind: 'random', test: 0 }],
  ['nothing but test rows', { kind: 'random', test: 1 }],
  ['no column', { kind: 'time' }],
  ['a test share beside a test file', { kind: 'file', test: 0.2 }],
  ['an unknown kind', { kind: 'kfold' }],
])('a split with %s is refused', (_, split) => {
  expect(() => Split.parse(split)).toThrow(ZodError);
});
