import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { CheckpointLog } from '../../../src/stores/checkpoint-log.ts';
import { S3ObjectStore, type S3StoreOptions } from '../../../src/stores/s3-object-store.ts';
import { fingerprint } from '../../contract/checkpoint-log-contract.ts';
import { FaultyProxy } from '../../support/faulty-proxy.ts';
import { Moto } from '../../support/moto.ts';

const SETUP_MS = 600_000;

let moto: Moto;
let proxy: FaultyProxy;
let home: string;
let location: { bucket: string; prefix: string };
const opened: S3ObjectStore[] = [];

beforeAll(async () => {
  moto = await Moto.start();
}, SETUP_MS);
afterAll(() => moto.stop());
beforeEach(async () => {
  proxy = await FaultyProxy.start(moto.endpoint);
  home = await mkdtemp(join(tmpdir(), 'sevenfold-s3-'));
  location = moto.newPlace();
  setVariables();
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await proxy.stop();
  await rm(home, { recursive: true });
  vi.unstubAllEnvs();
});

function setVariables(more: Readonly<Record<string, string>> = {}): void {
  const variables = { ...moto.variables(proxy.endpoint), ...more };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

function open(options: Partial<S3StoreOptions> = {}): S3ObjectStore {
  const store = new S3ObjectStore({ location, home, ...options });
  opened.push(store);
  return store;
}

const bytesOf = (text: string) => Buffer.from(text);
const textOf = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString();
const nameOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const problem = (code: string) => ({
  problem: expect.objectContaining({ code, field: 'SEVENFOLD_STORE' }) as unknown,
});
const REFUSED = { kind: 'refuse', status: 503, code: 'SlowDown' } as const;

test('a creation whose answer was lost is known for ours, and an append goes on', async () => {
  const store = open();
  proxy.once('PUT', { kind: 'lose-answer' });
  expect(await store.create('log/1', bytesOf('ours'))).toBe(true);
  expect(textOf(await store.read('log/1'))).toBe('ours');
  const log = await CheckpointLog.claim(store, 'run/train', fingerprint);
  for (const text of ['one', 'two']) {
    proxy.fault = loseAnswersOf('/log/');
    await log.save(bytesOf(text));
    proxy.fault = () => null;
    expect(textOf((await log.latest())?.state ?? null)).toBe(text);
  }
});

/** Loses the answer to the first creation of each object whose key holds this. */
function loseAnswersOf(part: string): FaultyProxy['fault'] {
  const lost = new Set<string>();
  return ({ method, url = '' }) => {
    if (method !== 'PUT' || !url.includes(part) || lost.has(url)) return null;
    lost.add(url);
    return { kind: 'lose-answer' };
  };
}

test('an entry that was given up, and is there after all, is gone on from', async () => {
  const log = await CheckpointLog.claim(open(), 'run/train', fingerprint);
  let isAway = false;
  proxy.fault = ({ url = '' }) => {
    if (isAway) return REFUSED;
    isAway = url.includes('/log/');
    return isAway ? { kind: 'lose-answer' } : null;
  };
  await expect(log.save(bytesOf('given up'))).rejects.toMatchObject({ name: 'StoreUnavailable' });
  proxy.fault = () => null;
  await log.save(bytesOf('after'));
  expect(textOf((await log.latest())?.state ?? null)).toBe('after');
  const successor = await CheckpointLog.claim(open(), 'run/train', fingerprint);
  expect(textOf((await successor.latest())?.state ?? null)).toBe('after');
  await expect(log.save(bytesOf('late'))).rejects.toThrow('claimed');
});

test('a creation of another is not taken for ours, though the answer was lost', async () => {
  await open().create('log/1', bytesOf('theirs'));
  proxy.once('PUT', { kind: 'lose-answer' });
  expect(await open().create('log/1', bytesOf('ours'))).toBe(false);
  expect(textOf(await open().read('log/1'))).toBe('theirs');
});

test('a creation that met another under way is tried again', async () => {
  proxy.once('PUT', { kind: 'refuse', status: 409, code: 'ConditionalRequestConflict' });
  expect(await open().create('log/1', bytesOf('ours'))).toBe(true);
});

test('a server that overwrites what is there is refused, because nothing would fence', async () => {
  proxy.fault = () => ({ kind: 'drop-header', name: 'if-none-match' });
  const creation = open().create('log/1', bytesOf('ours'));
  await expect(creation).rejects.toMatchObject(problem('StoreCannotFence'));
});

test.each([
  ['GET', (store: S3ObjectStore) => store.read('a'), 'text'],
  ['GET', async (store: S3ObjectStore) => readFile(await store.localPath('a')), 'text'],
  ['GET', async (store: S3ObjectStore) => bytesOf(String((await store.list('')).length)), '1'],
] as const)(
  'an answer that breaks off is asked for again: %s %#',
  async (method, act, expected) => {
    await open().write('a', bytesOf('text'));
    proxy.once(method, { kind: 'cut-answer' });
    expect(textOf(await act(open()))).toBe(expected);
  },
);

test('a file is sent again, from its start, when a server was too busy for it', async () => {
  const bytes = Buffer.alloc(5_000_000, 'file');
  await writeFile(join(home, 'file'), bytes);
  proxy.once('PUT', REFUSED);
  await open().takeFile('a', join(home, 'file'));
  expect(bytes.equals((await open().read('a')) as Uint8Array)).toBe(true);
});

test('a server that is down is told of within seconds, as an outage that may pass', async () => {
  await proxy.stop();
  const read = open().read('a');
  await expect(read).rejects.toMatchObject({ name: 'StoreUnavailable', code: 'ECONNREFUSED' });
  proxy = await FaultyProxy.start(moto.endpoint);
}, 10_000);

test('a server that takes requests and answers none is given up', async () => {
  proxy.fault = () => ({ kind: 'hang' });
  const store = open({ idleMs: 200 });
  await expect(store.read('a')).rejects.toMatchObject({ code: 'TimeoutError' });
  await expect(store.write('a', bytesOf('text'))).rejects.toMatchObject({ code: 'TimeoutError' });
  expect(proxy.requests).toBe(6);
}, 10_000);

test('a server that stays too busy is an outage that may pass', async () => {
  proxy.fault = () => REFUSED;
  await expect(open().read('a')).rejects.toMatchObject({ code: 'SlowDown' });
  expect(proxy.requests).toBe(3);
});

test('a bucket that is not there is named, with what mends it', async () => {
  const store = open({ location: { bucket: 'no-such-bucket', prefix: '' } });
  const notFound = problem('BucketNotFound');
  await expect(store.read('a')).rejects.toMatchObject(notFound);
  await expect(store.write('a', bytesOf('x'))).rejects.toMatchObject(notFound);
  await expect(store.list('')).rejects.toMatchObject(notFound);
  await expect(store.read('a')).rejects.toThrow('s3://no-such-bucket');
});

test('a policy that denies is told from an outage', async () => {
  await moto.put('denied');
  const statement = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: 'arn:aws:s3:::denied/*',
  };
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await moto.put('denied?policy', policy);
  const store = open({ location: { bucket: 'denied', prefix: '' } });
  const isDenied = problem('StoreAccessDenied');
  await expect(store.read('a')).rejects.toMatchObject(isDenied);
  await expect(store.describe('a')).rejects.toMatchObject(isDenied);
  await expect(store.create('a', bytesOf('x'))).rejects.toMatchObject(isDenied);
});

test('credentials that are missing, or that the server does not know, are told of', async () => {
  const strict = await Moto.start({ INITIAL_NO_AUTH_ACTION_COUNT: '1' });
  try {
    setVariables({ AWS_ENDPOINT_URL_S3: strict.endpoint });
    await expect(open().read('a')).rejects.toMatchObject(problem('StoreCredentials'));
    setVariables({ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' });
    await expect(open().read('a')).rejects.toMatchObject(problem('StoreCredentials'));
  } finally {
    await strict.stop();
  }
});

test('a profile names endpoint, region and credentials as well as variables do', async () => {
  const profile = join(home, 'config');
  await writeFile(
    profile,
    `[profile tests]\nregion = eu-west-1\nendpoint_url = ${proxy.endpoint}
aws_access_key_id = testing\naws_secret_access_key = testing\n`,
  );
  const unset = { AWS_ENDPOINT_URL_S3: '', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
  setVariables({ ...unset, AWS_REGION: '', AWS_PROFILE: 'tests', AWS_CONFIG_FILE: profile });
  await open().write('a', bytesOf('text'));
  expect(textOf(await open().read('a'))).toBe('text');
});

test('without a region a server of one’s own is used all the same', async () => {
  setVariables({ AWS_REGION: '' });
  await open().write('a', bytesOf('text'));
  expect(proxy.requests).toBe(1);
});

test('a store keeps to its prefix, and passes over folders that consoles make', async () => {
  await open().write('a/b', bytesOf('x'));
  await moto.put(`${location.bucket}/${location.prefix}/a/`);
  const other = open({ location: { ...location, prefix: `${location.prefix}-2` } });
  await other.write('a/c', bytesOf('y'));
  expect((await open().list('')).map(({ key }) => key)).toEqual(['a/b']);
  const whole = open({ location: { bucket: location.bucket, prefix: '' } });
  expect(textOf(await whole.read(`${location.prefix}/a/b`))).toBe('x');
});

test('what is named by its content is fetched once, and found again without the server', async () => {
  const bytes = Buffer.alloc(100_000, 'content');
  const key = `objects/${nameOf(bytes)}`;
  await open().write(key, bytes);
  await open().localPath(key);
  proxy.fault = () => REFUSED;
  const path = await open().localPath(key);
  expect(bytes.equals(await readFile(path))).toBe(true);
});

test('a file that was put here is not fetched again', async () => {
  const bytes = Buffer.alloc(100_000, 'put here');
  const key = `objects/${nameOf(bytes)}`;
  await writeFile(join(home, 'file'), bytes);
  await open().takeFile(key, join(home, 'file'));
  proxy.fault = () => REFUSED;
  expect(bytes.equals(await readFile(await open().localPath(key)))).toBe(true);
});

test('what has another name is fetched anew each time', async () => {
  const store = open();
  for (const text of ['one', 'two']) {
    await open().write('documents/a', bytesOf(text));
    expect(textOf(await readFile(await store.localPath('documents/a')))).toBe(text);
  }
});

test('a copy whose content is not what its name says is not kept', async () => {
  const bytes = bytesOf('whole');
  const key = `objects/${nameOf(bytes)}`;
  await open().write(key, bytesOf('damaged'));
  expect(textOf(await readFile(await open().localPath(key)))).toBe('damaged');
  await open().write(key, bytes);
  expect(textOf(await readFile(await open().localPath(key)))).toBe('whole');
});

test('copies are bounded: the least recently used go, and none from under its user', async () => {
  const blobs = ['a', 'b', 'c', 'd'].map((letter) => Buffer.alloc(1000, letter));
  const keys = blobs.map((bytes) => `objects/${nameOf(bytes)}`);
  for (const [i, key] of keys.entries()) await open().write(key, blobs[i] as Buffer);
  const user = open({ cacheBytes: 3000 });
  const inUse: string[] = [];
  for (const key of keys) inUse.push(await user.localPath(key));
  const kept = async () => {
    const folder = join(home, 'cache', 'objects');
    return Promise.all(keys.map((key) => isThere(join(folder, key.slice('objects/'.length)))));
  };
  expect(await kept()).toEqual([false, true, true, true]);
  // Used again, the second is newer than the third.
  await open({ cacheBytes: 3000 }).localPath(keys[1] as string);
  await open({ cacheBytes: 3000 }).localPath(keys[0] as string);
  expect(await kept()).toEqual([true, true, false, true]);
  for (const [i, path] of inUse.entries()) {
    expect((await readFile(path)).equals(blobs[i] as Buffer)).toBe(true);
  }
  for (const store of opened.splice(0)) await store.close();
  expect(await readdir(join(home, 'tmp'))).toEqual([]);
});

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
