import { createHash } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { expect, test } from 'vitest';
import { runTask } from '../../../../src/compute/run-task.ts';
import { readConfig } from '../../../../src/config.ts';
import { openTable } from '../../../../src/ml/data/open-table.ts';
import { parseRetraining } from '../../../../src/schemas/retraining.ts';
import { problemIn } from '../../../support/input-problem.ts';
import { jobOf } from '../../../support/jobs.ts';
import { readAll } from '../../../support/tables.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const folder = await temporaryFolder('latest-rows');
const sqlite = join(folder, 'shop.db');
const sql = 'select id, y from orders where at >= $start and at < $end order by id';

function change(statement: string): void {
  const database = new Database(sqlite);
  database.exec(statement);
  database.close();
}

async function resolve(scheduledAt: string) {
  const config = readConfig({
    ...process.env,
    SEVENFOLD_HOME: await mkdtemp(join(folder, 'home-')),
  });
  const data = { sql, sqlite };
  const retraining = parseRetraining({ name: 'shop', data, job: { target: 'y' } });
  return runTask(
    config,
    'resolve',
    { retraining, scheduledAt },
    {
      ...{ lineage: 'shop/resolve', extend: [], signal: new AbortController().signal },
      onProgress: () => undefined,
    },
  );
}

test('a schedule takes the rows of its interval, and knows them by their hash', async () => {
  change(`create table orders (id integer, at text, y text);
    insert into orders values (1, '2026-01-01T10:00:00.000Z', 'a'), (2, '2026-01-02T10:00:00.000Z', 'b')`);
  const first = await resolve('2026-01-02T00:00:00.000Z');
  expect(await readAll(await openTable(first.path, jobOf().format))).toEqual([[1, 'a']]);
  const bytes = await readFile(first.path);
  expect(first).toMatchObject({
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    artifact: { mediaType: 'application/jsonl' },
  });
  change("insert into orders values (3, '2026-02-01T10:00:00.000Z', 'a')");
  expect((await resolve('2026-01-02T00:00:00.000Z')).sha256).toBe(first.sha256);
  change("update orders set y = 'c' where id = 1");
  expect((await resolve('2026-01-02T00:00:00.000Z')).sha256).not.toBe(first.sha256);
});

test.each([
  { path: 'a.csv', sqlite },
  { sql, sqlite, postgres: 'env:SHOP' },
])('a schedule names one source: %j', (data) => {
  const input = { name: 'shop', data, job: { target: 'y' } };
  expect(problemIn(() => parseRetraining(input))).toMatchObject({ code: 'InvalidRetraining' });
});
