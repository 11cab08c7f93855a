import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { expect, test } from 'vitest';
import { saveRows } from '../../../../src/ml/data/sql/save-rows.ts';
import { parseJob } from '../../../../src/schemas/parse-job.ts';
import { problemIn, problemOfRejected } from '../../../support/input-problem.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const folder = await temporaryFolder('sqlite');
const path = join(folder, 'shop.db');
const database = new Database(path);
database.exec(`
  create table orders (id integer, city text, price real, big integer, paid text, raw blob);
  insert into orders values
    (1, 'Zürich "old"', 2.5, 9007199254740993, '2026-01-01', x'6869'),
    (2, null, -1e300, 2, '2026-01-02', null),
    (3, '', 3, 3, '2026-01-03', null);
`);
database.close();

async function save(sql: string, interval?: { start: string; end: string }): Promise<string> {
  const file = join(folder, 'rows.jsonl');
  await saveRows({ sql, sqlite: path }, file, {
    ...(interval && { interval }),
    environment: {},
    signal: new AbortController().signal,
    onRows: () => undefined,
  });
  return readFile(file, 'utf8');
}

test('the rows of a select are JSON lines, each cell as it is', async () => {
  expect(await save('select * from orders where id < 3 order by id')).toBe(
    '{"id":1,"city":"Zürich \\"old\\"","price":2.5,"big":9007199254740993,"paid":"2026-01-01","raw":"hi"}\n' +
      '{"id":2,"city":null,"price":-1e+300,"big":2,"paid":"2026-01-02","raw":null}\n',
  );
});

test('more rows than are asked for at once are all there, in order', async () => {
  const rows = await save(
    'with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500) select i from n',
  );
  expect(rows.split('\n').slice(0, -1)).toEqual(
    Array.from({ length: 2_500 }, (_, i) => `{"i":${i + 1}}`),
  );
});

test('the interval of a schedule stands for its names', async () => {
  const interval = { start: '2026-01-02', end: '2026-01-03' };
  const sql = 'select id from orders where paid >= $start and paid < $end';
  expect(await save(sql, interval)).toBe('{"id":2}\n');
});

test.each([
  ['selct 1', 'a query that runs on a SQLite data base', /syntax error/],
  ['select * from nowhere', 'a query that runs on a SQLite data base', /nowhere/],
  ['delete from orders returning id', 'a query that runs on a SQLite data base', /readonly/],
  ['delete from orders', 'one select, and nothing else', /single select/],
  ['select 1 as a, 2 as a', "a name of its own for each column; 'a' stands there twice", /a_2/],
  ['select id from orders where id > 9', 'a select that gives rows', /rows/],
])('what is no select that gives rows is refused: %s', async (sql, expected, remedy) => {
  expect(await problemOfRejected(save(sql))).toMatchObject({
    ...{ code: 'InvalidQuery', field: 'data.sql', value: sql, expected },
    remedy: expect.stringMatching(remedy),
  });
  expect(await save('select count(*) as n from orders')).toBe('{"n":3}\n');
});

test('a file that is no data base, or is not there, is refused', async () => {
  const other = join(folder, 'other.db');
  await writeFile(other, 'no data base at all, but long enough to be looked at as one');
  const run = (sqlite: string) =>
    saveRows({ sql: 'select * from t', sqlite }, join(folder, 'none.jsonl'), {
      environment: {},
      signal: new AbortController().signal,
      onRows: () => undefined,
    });
  expect(await problemOfRejected(run(other))).toMatchObject({ code: 'InvalidQuery' });
  expect(await problemOfRejected(run(join(folder, 'nowhere.db')))).toMatchObject({
    ...{ code: 'DataFileUnreadable', field: 'data.sqlite' },
  });
});

test('a job names one data base, and a connection string by its place alone', () => {
  const sql = 'select 1';
  expect(parseJob({ data: { sql, postgres: 'env:SHOP' }, target: 'y' }).data).toEqual({
    sql,
    postgres: 'env:SHOP',
  });
  for (const data of [
    { sql },
    { sql, postgres: 'env:SHOP', sqlite: 'shop.db' },
    { sql, postgres: 'postgres://user:secret@host/shop' },
  ]) {
    expect(problemIn(() => parseJob({ data, target: 'y' }))).toMatchObject({ code: 'InvalidJob' });
  }
});
