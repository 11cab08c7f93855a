import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { diagnoseStore } from '../../../src/setup/diagnose-store.ts';
import type { Finding } from '../../../src/setup/finding.ts';
import { openStores } from '../../../src/stores/index.ts';
import { FaultyProxy } from '../../support/faulty-proxy.ts';
import { Moto } from '../../support/moto.ts';

const SETUP_MS = 600_000;

let moto: Moto;
let proxy: FaultyProxy;
let home: string;
let place: string;

beforeAll(async () => {
  moto = await Moto.start();
}, SETUP_MS);
afterAll(() => moto.stop());
beforeEach(async () => {
  proxy = await FaultyProxy.start(moto.endpoint);
  home = await mkdtemp(join(tmpdir(), 'sevenfold-doctor-'));
  place = moto.newStore();
  for (const [name, value] of Object.entries(moto.variables(proxy.endpoint))) {
    vi.stubEnv(name, value);
  }
});
afterEach(async () => {
  await proxy.stop();
  await rm(home, { recursive: true });
  vi.unstubAllEnvs();
});

const examine = (store = place): Promise<Finding> =>
  diagnoseStore(readConfig({ SEVENFOLD_HOME: home, SEVENFOLD_STORE: store }));

test('a bucket that does what a store must is found, and nothing is left in it', async () => {
  expect(await examine()).toMatchObject({ status: 'ok', remedy: null });
  const stores = openStores(readConfig({ SEVENFOLD_HOME: home, SEVENFOLD_STORE: place }));
  expect(await stores.objects.list('')).toEqual([]);
  await stores.close();
});

test('a bucket that overwrites what is there already is refused', async () => {
  proxy.fault = () => ({ kind: 'drop-header', name: 'if-none-match' });
  const finding = await examine();
  expect(finding).toMatchObject({ status: 'missing' });
  expect(finding.found).toContain('If-None-Match');
  expect(finding.remedy).toContain('conditional writes');
});

test('a bucket that is not there, or that nobody answers for, is missing', async () => {
  expect((await examine('s3://no-such-bucket')).remedy).toContain('Create the bucket');
  proxy.fault = () => ({ kind: 'refuse', status: 503, code: 'ServiceUnavailable' });
  const away = await examine();
  expect(away).toMatchObject({ status: 'missing' });
  expect(away.found).toContain('ServiceUnavailable');
  expect(away.remedy).toContain('AWS_ENDPOINT_URL_S3');
});

test('without a bucket the home folder is tried out, and left as it was', async () => {
  const inHome = (folder: string) => diagnoseStore(readConfig({ SEVENFOLD_HOME: folder }));
  expect(await inHome(home)).toMatchObject({ status: 'ok' });
  expect(await readdir(home)).toEqual(['tmp']);
  await writeFile(join(home, 'file'), '');
  expect(await inHome(join(home, 'file'))).toMatchObject({ status: 'missing' });
});
