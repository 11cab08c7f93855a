import { appendFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LifecycleResult } from '../../src/schemas/run.ts';
import { checkStore } from '../../src/stores/check/check-store.ts';
import type { Fault } from '../../src/stores/check/fault.ts';
import { CheckpointLog } from '../../src/stores/checkpoint-log.ts';
import { openStores } from '../../src/stores/index.ts';
import { fingerprint } from '../contract/checkpoint-log-contract.ts';
import { CommandHome } from '../support/command.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';
import { until } from '../support/until.ts';

/** No process has this id: it is beyond the largest that Linux gives. */
const NO_PROCESS = 999_999_999;

let home: CommandHome;
let data: string;
let result: LifecycleResult;

beforeAll(async () => {
  home = await CommandHome.create();
  data = await writeCsv(join(home.home, 'customers.csv'), customerHeader, customers(500));
  const { code, stderr } = await home.runHere('dev', '--detach');
  expect(code, stderr).toBe(0);
  result = await lifecycle();
}, 180_000);
afterAll(() => home.remove(), 60_000);

async function lifecycle(...args: string[]): Promise<LifecycleResult> {
  const job = ['--data', data, '--target', 'left', '--name', 'churn', '--budget', '4trials'];
  const { code, stderr, json } = await home.run('run', ...job, ...args, '--json');
  expect(code, stderr).toBe(0);
  return json as unknown as LifecycleResult;
}

const faultsOf = async (folder: string): Promise<Fault[]> => {
  const stores = openStores({ home: folder });
  try {
    return await checkStore(folder, stores);
  } finally {
    await stores.close();
  }
};

describe('a planted fault is named', () => {
  let run: string;
  let folder: string;

  const path = (key: string) => join(folder, key);
  const log = (key: string) => path(`checkpoints/${result.runId}/extra-1/${key}`);
  const json = async (key: string) =>
    JSON.parse(await readFile(path(key), 'utf8')) as Record<string, unknown>;
  const write = async (key: string, text: string) => {
    await mkdir(dirname(path(key)), { recursive: true });
    await writeFile(path(key), text);
  };
  const change = async (key: string, fields: object) =>
    write(key, JSON.stringify({ ...(await json(key)), ...fields }));
  const sql = (text: string) => {
    const database = new Database(path('registry.db'));
    database.exec(`pragma foreign_keys = off; ${text}`);
    database.close();
  };
  /** A table without the constraints that make such faults unlikely. */
  const unconstrain = `
    create table copied as select * from versions;
    drop table versions;
    alter table copied rename to versions;`;
  const extraLog = async () => {
    const stores = openStores({ home: folder });
    const name = `${result.runId}/extra-1`;
    const claimed = await CheckpointLog.claim(stores.objects, name, fingerprint);
    const piece = await claimed.attach(Buffer.from('a piece of it'));
    await claimed.save(Buffer.from('a state'), [piece]);
    await claimed.complete({}, 1);
    await stores.close();
  };
  const checkpoint = async () => {
    const { entry } = (await json(`checkpoints/${result.runId}/extra-1/log/00000002`)) as {
      entry: { blob: string; attached: string[] };
    };
    return entry;
  };
  /** The blob of the log's one checkpoint. */
  const blob = async () => log(`blobs/${(await checkpoint()).blob}`);
  const piece = async () => log(`blobs/${(await checkpoint()).attached[0]}`);

  beforeAll(() => {
    run = `documents/runs/${result.runId}`;
    folder = join(home.home, 'copy');
  });

  /** A copy of the store, with a log that has one checkpoint and a completion. */
  async function copyStore(): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    for (const part of ['objects', 'documents', 'checkpoints']) {
      await cp(join(home.home, part), path(part), { recursive: true });
    }
    const database = new Database(join(home.home, 'registry.db'));
    database.exec(`vacuum into '${path('registry.db')}'`);
    database.close();
    await extraLog();
  }

  const faults: [kind: Fault['kind'], how: string, where: string, plant: () => Promise<void>][] = [
    [
      'corrupt-artifact',
      'a flipped bit in a package',
      'objects/',
      async () => {
        const bytes = await readFile(path(result.package.uri));
        bytes.writeUInt8(bytes.readUInt8(9) ^ 1, 9);
        await writeFile(path(result.package.uri), bytes);
      },
    ],
    ['missing-artifact', 'a report that is gone', 'objects/', () => rm(path(result.report.uri))],
    [
      'unreferenced-artifact',
      'one that nothing names',
      `objects/e3/`,
      () =>
        write(`objects/e3/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`, ''),
    ],
    [
      'stray-object',
      'a file that is half an artifact',
      'objects/ab/x.tmp',
      () => write('objects/ab/x.tmp', 'half'),
    ],
    [
      'temporary-file',
      'what a killed process was writing',
      'tmp/',
      () => write(`tmp/${hostname()}~${NO_PROCESS}~1`, 'half'),
    ],
    [
      'torn-entry',
      'an entry cut short',
      'log/00000002',
      async () => {
        const text = await readFile(log('log/00000002'), 'utf8');
        await writeFile(log('log/00000002'), text.slice(0, -9));
      },
    ],
    ['entry-without-blob', 'a lost state', 'log/00000002', async () => rm(await blob())],
    ['entry-without-blob', 'a lost piece', 'log/00000002', async () => rm(await piece())],
    [
      'corrupt-checkpoint',
      'an altered piece',
      'blobs/',
      async () => appendFile(await piece(), '!'),
    ],
    ['corrupt-checkpoint', 'an altered state', 'blobs/', async () => appendFile(await blob(), '!')],
    [
      'blob-without-entry',
      'a state that no entry names',
      'blobs/aaaa',
      () => write(`checkpoints/${result.runId}/extra-1/blobs/${'a'.repeat(64)}`, 'a state'),
    ],
    [
      'two-completions',
      'work that was completed twice',
      'log/00000004',
      () => cp(log('log/00000003'), log('log/00000004')),
    ],
    [
      'unreadable-record',
      'a torn step record',
      'steps/train.json',
      () => write(`${run}/steps/train.json`, '{"schemaVersion": 1, "id": "tr'),
    ],
    [
      'unreadable-record',
      'a lost manifest',
      'manifest.json',
      () => rm(path(`${run}/manifest.json`)),
    ],
    [
      'wrong-step-key',
      'a record whose inputs were changed',
      'steps/select.json',
      () => change(`${run}/steps/select.json`, { inputs: {} }),
    ],
    [
      'duplicate-trial',
      'a trial that is recorded twice',
      'trials/000002.json',
      () => change(`${run}/trials/000002.json`, { number: 1 }),
    ],
    [
      'missing-trial',
      'a trial that is lost',
      'trials',
      () => rm(path(`${run}/trials/000003.json`)),
    ],
    [
      'two-versions-of-a-run',
      'a run that was registered twice',
      'churn@2',
      async () =>
        sql(`${unconstrain} insert into versions select model, 2, package, run_id, created_at,
          metric, score from versions`),
    ],
    [
      'version-gap',
      'a version number that was skipped',
      'churn@3',
      async () => sql('update versions set version = 3'),
    ],
    [
      'dangling-alias',
      'an alias of no version',
      'churn@champion',
      async () => sql('update aliases set version = 9'),
    ],
    [
      'unreadable-package',
      'a version whose package is another document',
      'churn@1',
      async () => sql(`update versions set package = '${JSON.stringify(result.reportJson)}'`),
    ],
    [
      'unreadable-registry',
      'a registry whose rows are not whole',
      'registry',
      async () => sql(`update versions set package = '{"uri": "obj'`),
    ],
  ];

  test('a store that no one has harmed has none, right after a run and when it is collected', async () => {
    expect(await faultsOf(home.home)).toEqual([]);
    await copyStore();
    expect(await faultsOf(folder)).toEqual([]);
    const collected = await home.runIn(
      { environment: { SEVENFOLD_HOME: folder } },
      ...['gc', '--older-than', '0s', '--json'],
    );
    expect(collected.code).toBe(0);
    expect(collected.json['logs']).not.toEqual([]);
    expect(await faultsOf(folder)).toEqual([]);
  });

  test.each(faults)('%s: %s', async (kind, _how, where, plant) => {
    await copyStore();
    await plant();
    const named = (await faultsOf(folder)).filter((fault) => fault.kind === kind);
    expect(named.map((fault) => fault.where)).toEqual([expect.stringContaining(where)]);
  });

  test('the command tells of them, and its exit code says so', async () => {
    await copyStore();
    await rm(path(result.report.uri));
    const { code, stdout } = await home.run('fsck', '--home', folder);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^missing-artifact +objects/m);
    const nowhere = await home.run('fsck', '--home', join(folder, 'not there'), '--json');
    expect(nowhere.code).toBe(2);
    expect(nowhere.json['error']).toMatchObject({ code: 'UsageError', field: '--home' });
  });
});

test('collecting all the while changes nothing of a run', async () => {
  const running = { yes: true };
  const collector = (async () => {
    const codes = new Set<number>();
    while (running.yes) {
      for (const age of ['24h', '0s']) codes.add((await home.run('gc', '--older-than', age)).code);
    }
    return [...codes];
  })();
  const again = await lifecycle();
  running.yes = false;
  expect(await collector).toEqual([0]);
  expect(again.weightsHash).toBe(result.weightsHash);
  expect(again.metrics).toEqual(result.metrics);
  expect(again.trials).toBe(result.trials);
  expect(await faultsOf(home.home)).toEqual([]);
  const predictions = join(home.home, 'predictions.csv');
  const predicted = await home.run('predict', 'churn', '--data', data, '--output', predictions);
  expect(predicted.code, predicted.stderr).toBe(0);
}, 180_000);

test('a run says in its record how it ended', async () => {
  const endOf = async (runId: unknown) => {
    const key = `documents/runs/${String(runId)}/manifest.json`;
    const manifest = await readFile(join(home.home, key), 'utf8').catch(() => '{}');
    return (JSON.parse(manifest) as { end?: { status: string } | null }).end?.status;
  };
  expect(await endOf(result.runId)).toBe('completed');
  const job = ['--data', data, '--target', 'left', '--budget', '500trials', '--detach'];
  const { json } = await home.run('run', ...job, '--json');
  expect(await endOf(json['runId'])).toBeUndefined();
  expect((await home.run('cancel', String(json['workflowId']))).code).toBe(0);
  expect(await until(() => endOf(json['runId']))).toBe('cancelled');
  const failed = await home.run('run', '--data', data, '--target', 'lefd', '--json');
  expect(failed.code).toBe(2);
  const [last] = (await home.run('list', '--json')).json['runs'] as { runId: string }[];
  expect(await endOf(last?.runId)).toBe('failed');
}, 120_000);

test('records of old runs go, unless a model came from them', async () => {
  const unregistered = await lifecycle('--set', 'deployment.register=false');
  const before = await faultsOf(home.home);
  const dry = await home.run('gc', '--runs-older-than', '0s', '--dry-run', '--json');
  expect(dry.json['runs']).toContain(unregistered.runId);
  expect(dry.json['runs']).not.toContain(result.runId);
  expect(await faultsOf(home.home)).toEqual(before);
  const { json } = await home.run('gc', '--runs-older-than', '0s', '--older-than', '0s', '--json');
  expect(json['runs']).toEqual(dry.json['runs']);
  expect(await faultsOf(home.home)).toEqual([]);
  const stores = openStores({ home: home.home });
  expect(await stores.documents.list(`runs/${unregistered.runId}/`)).toEqual([]);
  expect((await stores.documents.list(`runs/${result.runId}/`)).length).toBeGreaterThan(7);
  await stores.close();
}, 120_000);

test('over its quota the store takes no more work, and says what to do', async () => {
  await home.run('down');
  const environment = { SEVENFOLD_QUOTA_GIB: '0.00001' };
  expect((await home.runIn({ environment }, 'dev', '--detach')).code).toBe(0);
  const { code, json } = await home.run('run', '--data', data, '--target', 'left', '--json');
  expect(json['error']).toMatchObject({ code: 'StoreFull', field: 'SEVENFOLD_QUOTA_GIB' });
  expect(code).toBe(3);
}, 180_000);
