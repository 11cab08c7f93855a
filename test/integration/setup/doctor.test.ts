import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { lightGbmLibrary } from '../../../src/ml/lightgbm/release.ts';
import { diagnose, type Finding } from '../../../src/setup/doctor.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sevenfold-doctor-'));
});
afterAll(() => rm(home, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

async function examine(environment: NodeJS.ProcessEnv = {}): Promise<Map<string, Finding>> {
  const config = readConfig({ ...process.env, SEVENFOLD_HOME: home, ...environment });
  const findings = await diagnose(config);
  return new Map(findings.map((finding) => [finding.name, finding]));
}

test('a machine that is set up is found whole, with versions', async () => {
  const findings = await examine();
  expect([...findings.values()].filter(({ status }) => status === 'missing')).toEqual([]);
  expect(findings.get('Node')?.found).toBe(process.versions.node);
  expect(findings.get('Temporal')?.found).toMatch(/Server \d+\.\d+/);
  expect(findings.get('TensorFlow')?.found).toMatch(/^\d+\.\d+\.\d+, (native|wasm)$/);
  expect(findings.get('LightGBM')).toMatchObject({ status: 'ok', remedy: null });
  expect(findings.get('Disk for runs')?.found).toContain(home);
});

test('a taken port is found with its holder, and a warning', async () => {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = String((server.address() as AddressInfo).port);
  const finding = (await examine({ SEVENFOLD_SERVE_PORT: port })).get(`Port ${port} (predictions)`);
  server.close();
  expect(finding).toMatchObject({ status: 'warning' });
  expect(finding?.found).toContain(`process ${process.pid}`);
});

test('a named server that does not answer is missing, with the variable to correct', async () => {
  vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
  const finding = (await examine()).get('Temporal server');
  expect(finding).toMatchObject({ status: 'missing' });
  expect(finding?.remedy).toContain('TEMPORAL_ADDRESS');
});

test('a configured Temporal binary that is not there is missing', async () => {
  const finding = (await examine({ SEVENFOLD_TEMPORAL_BINARY: '/nowhere/temporal' })).get(
    'Temporal',
  );
  expect(finding?.status).toBe('missing');
  expect(finding?.found).toContain('/nowhere/temporal');
});

test('without LightGBM there is a warning, which says what is left out', async () => {
  const finding = (await examine({ SEVENFOLD_CACHE: home })).get('LightGBM');
  expect(finding).toMatchObject({ status: 'warning', found: 'not set up' });
  expect(finding?.remedy).toMatch(/npm run setup.*random forests are left out/);
});

test('a LightGBM that does not load is a warning with its reason', async () => {
  const library = lightGbmLibrary(home);
  await mkdir(dirname(library), { recursive: true });
  await writeFile(library, 'no library');
  const finding = (await examine({ SEVENFOLD_CACHE: home })).get('LightGBM');
  expect(finding?.status).toBe('warning');
  expect(finding?.found).toContain('file too short');
  expect(finding?.found, 'no stack').not.toContain('    at ');
});
