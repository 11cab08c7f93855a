import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { ensureTemporal, findTemporal, temporalVersion } from '../../../src/setup/temporal.ts';
import { verify } from '../../../src/setup/temporal-download.ts';
import { TEMPORAL_ARCHIVES, temporalPlatform } from '../../../src/setup/temporal-release.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sevenfold-temporal-'));
  vi.stubEnv('PATH', join(folder, 'path'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const config = (environment: NodeJS.ProcessEnv = {}) =>
  readConfig({ SEVENFOLD_CACHE: join(folder, 'cache'), ...environment });

/** A program that answers `--version` as Temporal's CLI does. */
async function putBinary(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '#!/bin/sh\necho "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"\n');
  await chmod(file, 0o755);
  return file;
}

test('the configured binary comes before the one on PATH, and that before the cache', async () => {
  const cached = join(
    folder,
    `cache/temporal-1.5.1-${process.platform}-${process.arch}`,
    'temporal',
  );
  expect(findTemporal(config())).toBeUndefined();
  await putBinary(cached);
  expect(findTemporal(config())).toBe(cached);
  const onPath = await putBinary(join(folder, 'path/temporal'));
  expect(findTemporal(config())).toBe(onPath);
  const configured = await putBinary(join(folder, 'own/temporal'));
  expect(await ensureTemporal(config({ SEVENFOLD_TEMPORAL_BINARY: configured }), fail)).toBe(
    configured,
  );
});

test('a configured binary that is not there is named, not replaced', () => {
  const missing = config({ SEVENFOLD_TEMPORAL_BINARY: join(folder, 'nowhere') });
  expect(() => findTemporal(missing)).toThrow(/SEVENFOLD_TEMPORAL_BINARY: got '.*nowhere'/);
});

test('the version is what the binary itself says', async () => {
  const binary = await putBinary(join(folder, 'temporal'));
  expect(await temporalVersion(binary)).toBe('1.5.1 (Server 1.29.1, UI 2.42.1)');
});

test('a download with another checksum is refused', () => {
  const bytes = Buffer.from('not Temporal');
  expect(() => verify(bytes, TEMPORAL_ARCHIVES['linux-amd64'] ?? '')).toThrow('checksum');
  expect(temporalPlatform('linux', 'x64')).toBe('linux-amd64');
});

function fail(message: string): never {
  throw new Error(`nothing was to be done, yet set-up said: ${message}`);
}
