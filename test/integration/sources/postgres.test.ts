import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTask } from '../../../src/compute/run-task.ts';
import { readConfig } from '../../../src/config.ts';
import { saveRows } from '../../../src/ml/data/sql/save-rows.ts';
import { DataReport } from '../../../src/schemas/data-report.ts';
import { parseJob } from '../../../src/schemas/parse-job.ts';
import { PreparedData } from '../../../src/schemas/prepared-data.ts';
import { openStores } from '../../../src/stores/index.ts';
import { readJson } from '../../../src/stores/json-artifact.ts';
import { problemOfRejected } from '../../support/input-problem.ts';
import { findPostgres, PASSWORD, PostgresServer } from '../../support/postgres.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const programs = findPostgres();
const folder = await temporaryFolder('postgres-source');
const serverFolder = await temporaryFolder('postgres');
const PLACE = 'env:TEST_SHOP_DATABASE';

describe.skipIf(programs === undefined)('Postgres', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await PostgresServer.start(programs as string, serverFolder);
    await server.run(`
      create table people (id bigint, age int, pay numeric(8, 2), city text, joined timestamptz, member bool, y text);
      insert into people
        select i, 20 + i % 50, 1000 + i * 1.25, (array['Oslo', 'Zürich', null])[1 + i % 3],
          timestamptz '2026-01-01 00:00:00+00' + i * interval '1 hour', i % 2 = 0,
          case when (i * 7919) % 101 > 50 then 'yes' else 'no' end
        from generate_series(1, 2500) as i;
      create table shop (a float8, b json);
      insert into shop values ('NaN', '{"x": [1, 2]}'), (0.1, null);
    `);
    process.env['TEST_SHOP_DATABASE'] = server.url();
  });

  afterAll(async () => {
    delete process.env['TEST_SHOP_DATABASE'];
    await server?.stop();
  });

  async function save(
    sql: string,
    {
      environment = { TEST_SHOP_DATABASE: server.url() },
      postgres = PLACE,
      interval,
    }: {
      environment?: NodeJS.ProcessEnv;
      postgres?: string;
      interval?: { start: string; end: string };
    } = {},
  ): Promise<string> {
    const file = join(folder, 'rows.jsonl');
    await saveRows({ sql, postgres }, file, {
      ...(interval && { interval }),
      environment,
      signal: new AbortController().signal,
      onRows: () => undefined,
    });
    return readFile(file, 'utf8');
  }

  test('the rows of a select are JSON lines, times in UTC whatever the zone of the server', async () => {
    expect(await save('select * from people where id = 3')).toBe(
      '{"id":3,"age":23,"pay":1003.75,"city":"Oslo","joined":"2026-01-01 03:00:00+00","member":false,"y":"no"}\n',
    );
    expect(await save('select * from shop')).toBe(
      '{"a":"NaN","b":"{\\"x\\": [1, 2]}"}\n{"a":0.1,"b":null}\n',
    );
    const ids = (await save('select id from people order by id desc')).split('\n').slice(0, -1);
    expect(ids).toEqual(Array.from({ length: 2_500 }, (_, i) => `{"id":${2_500 - i}}`));
  });

  test('the interval of a schedule stands for its names', async () => {
    const interval = { start: '2026-01-01T05:00:00.000Z', end: '2026-01-01T07:00:00.000Z' };
    const sql = 'select id from people where joined >= $start and joined < $end order by id';
    expect(await save(sql, { interval })).toBe('{"id":5}\n{"id":6}\n');
  });

  test('the connection string may lie in a file', async () => {
    const file = join(folder, 'connection');
    await writeFile(file, `${server.url()}\n`);
    expect(await save('select 1 as one', { postgres: `file:${file}` })).toBe('{"one":1}\n');
  });

  test.each([
    ['selct 1', 'a query that runs', /syntax error/],
    ['select * from nowhere', 'a query that runs', /nowhere/],
    ['delete from people returning id', 'a query that runs', /read-only transaction/],
    ['select 1; select 2', 'a query that runs', /multiple commands/],
    ['set timezone to 1', 'one select, and nothing else', /single select/],
    ['select id from people where id < 0', 'a select that gives rows', /rows/],
  ])('what is no select that gives rows is refused: %s', async (sql, expected, remedy) => {
    expect(await problemOfRejected(save(sql))).toMatchObject({
      ...{ code: 'InvalidQuery', field: 'data.sql', value: sql, expected },
      remedy: expect.stringMatching(remedy),
    });
  });

  test.each([
    ['a wrong password', () => server.url('another')],
    ['a data base that is not there', () => server.url(PASSWORD, 'nowhere')],
    ['what is no connection string', () => `postgres://reader:${PASSWORD}@:port`],
  ])('%s is told of without what it is', async (_, url) => {
    const environment = { TEST_SHOP_DATABASE: url() };
    const problem = await problemOfRejected(save('select 1', { environment }));
    expect(problem).toMatchObject({ code: 'DatabaseRefused', value: PLACE });
    expect(JSON.stringify(problem)).not.toMatch(/another|horse|reader/);
  });

  test('a server that does not answer is a fault that may pass, told of without its address', async () => {
    const environment = { TEST_SHOP_DATABASE: server.url().replace(`:${server.port}`, ':1') };
    const error: unknown = await save('select 1', { environment }).catch((fault: unknown) => fault);
    expect(error).toMatchObject({
      name: 'Error',
      message: `The data base of ${PLACE} does not answer: ECONNREFUSED.`,
    });
    expect((error as Error).cause).toBeUndefined();
  });

  test('a secret that is not there is refused', async () => {
    const problem = await problemOfRejected(save('select 1', { environment: {} }));
    expect(problem).toMatchObject({ code: 'SecretMissing', value: PLACE });
  });

  const job = () =>
    parseJob({ data: { sql: 'select * from people order by id', postgres: PLACE }, target: 'y' });

  /** @param stopAfter rows of the scan, upon which the attempt dies */
  async function prepare(home: string, stopAfter = Number.POSITIVE_INFINITY) {
    const stop = new AbortController();
    const config = readConfig({ ...process.env, SEVENFOLD_HOME: home });
    const outcome = await runTask(
      config,
      'prepare',
      { job: job() },
      {
        ...{ lineage: 'run/prepare', extend: [], signal: stop.signal },
        onProgress: (progress) => {
          if (progress.kind === 'rows' && progress.pass === 'scan' && progress.rows >= stopAfter) {
            stop.abort(new Error('stopped'));
          }
        },
      },
    );
    const { artifacts } = openStores(config);
    const prepared = PreparedData.parse(await readJson(artifacts, outcome.prepared));
    return {
      artifacts,
      prepared,
      report: DataReport.parse(await readJson(artifacts, prepared.report)),
    };
  }

  test('a job reads what the query gave, is known by its hash, and keeps no secret', async () => {
    const home = await mkdtemp(join(folder, 'home-'));
    const { artifacts, prepared, report } = await prepare(home);
    expect(report.source).toMatchObject({ path: `a query of Postgres (${PLACE})`, rows: 2_500 });
    expect(report.columns.map(({ name, type }) => [name, type])).toEqual([
      ...[
        ['id', 'identifier'],
        ['age', 'numeric'],
        ['pay', 'numeric'],
        ['city', 'categorical'],
      ],
      ...[
        ['joined', 'datetime'],
        ['member', 'boolean'],
        ['y', 'target'],
      ],
    ]);
    const rows = await artifacts.read(prepared.rows as NonNullable<typeof prepared.rows>);
    expect(prepared.dataHash).toBe(createHash('sha256').update(rows).digest('hex'));
    for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(join(entry.parentPath, entry.name));
      expect(bytes.includes('horse'), entry.name).toBe(false);
    }
  });

  test('an attempt that goes on reads what the first one was given, though the table has changed', async () => {
    const home = await mkdtemp(join(folder, 'home-'));
    const before = await prepare(await mkdtemp(join(folder, 'home-')));
    await expect(prepare(home, 512)).rejects.toThrow('stopped');
    await server.run('update people set age = 99 where id <= 100');
    const { prepared } = await prepare(home);
    expect(prepared).toEqual(before.prepared);
    const after = await prepare(await mkdtemp(join(folder, 'home-')));
    expect(after.prepared.dataHash).not.toBe(prepared.dataHash);
  });
});
