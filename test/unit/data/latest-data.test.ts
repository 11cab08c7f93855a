import { mkdtemp, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findNewestFile } from '../../../src/ml/data/find-files.ts';
import { openTable } from '../../../src/ml/data/open-table.ts';
import { saveQuery } from '../../../src/ml/data/save-query.ts';
import { problemOfRejected } from '../../support/input-problem.ts';
import { jobOf } from '../../support/jobs.ts';
import { readAll } from '../../support/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const root = await temporaryFolder('latest-data');
const newFolder = () => mkdtemp(join(root, 'case-'));
const interval = { start: '2026-01-01T00:00:00.000Z', end: '2026-01-02T00:00:00.000Z' };

describe('the newest file of a pattern', () => {
  test('is the one modified last, or the last by name', async () => {
    const folder = await newFolder();
    for (const [name, seconds] of [
      ['a-2.csv', 100],
      ['a-1.csv', 200],
      ['b-9.csv', 300],
    ] as const) {
      await writeFile(join(folder, name), 'x,y\n');
      await utimes(join(folder, name), seconds, seconds);
    }
    const pattern = join(folder, 'a-*.csv');
    expect(await findNewestFile(pattern, 'modified')).toEqual({
      path: join(folder, 'a-1.csv'),
      bytes: 4,
    });
    expect((await findNewestFile(pattern, 'name')).path).toBe(join(folder, 'a-2.csv'));
  });

  test('that nothing matches is told of', async () => {
    const pattern = join(await newFolder(), '*.csv');
    expect(await problemOfRejected(findNewestFile(pattern, 'name'))).toMatchObject({
      ...{ code: 'NoDataFound', field: 'data.path', value: pattern },
    });
  });
});

describe('a query', () => {
  const save = async (sql: string) => {
    const path = join(await newFolder(), 'query.parquet');
    await saveQuery(sql, interval, path);
    return path;
  };
  const rows = `select * from (values (timestamp '2026-01-01 10:00:00', 1), (timestamp '2026-01-02 00:00:00', 2)) t(moment, n)`;

  test('gives the rows of the interval, from its start until before its end', async () => {
    const path = await save(`${rows} where moment >= $start and moment < $end order by moment;`);
    expect(await readAll(await openTable(path, jobOf().format))).toEqual([
      ['2026-01-01 10:00:00', 1],
    ]);
  });

  test('takes the interval for moments, also where a column holds days', async () => {
    const days = "select * from (values (date '2026-01-01'), (date '2026-01-02')) t(day)";
    const path = join(await newFolder(), 'query.parquet');
    const shifted = { start: '2026-01-01T03:00:00.000Z', end: '2026-01-02T03:00:00.000Z' };
    await saveQuery(`${days} where day >= $start and day < $end`, shifted, path);
    expect(await readAll(await openTable(path, jobOf().format))).toEqual([['2026-01-02']]);
  });

  test('gives the same bytes again', async () => {
    const paths = [await save(rows), await save(rows)];
    const [first, second] = await Promise.all(paths.map((path) => readFile(path)));
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true);
  });

  test.each([
    ['selct 1', /syntax error/],
    ["select 1; copy (select 1) to '/tmp/x.csv'", /single select/],
    ["copy (select 1) to '/tmp/x.csv'", /single select/],
    ['select $other', /Remove '\$other'/],
    ['select * from nowhere', /nowhere/],
  ])('that can not be says why: %s', async (sql, remedy) => {
    const problem = await problemOfRejected(save(sql));
    expect(problem).toMatchObject({ code: 'InvalidQuery', field: 'data.sql' });
    expect(problem.remedy).toMatch(remedy);
  });
});
