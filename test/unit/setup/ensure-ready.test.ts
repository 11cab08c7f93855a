import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { defaultNeeds, ensureReady, isReady } from '../../../src/setup/ensure-ready.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'sevenfold-ready-'));
  vi.stubEnv('PATH', '/nowhere');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

const config = (environment: NodeJS.ProcessEnv = {}) =>
  readConfig({ SEVENFOLD_CACHE: cache, ...environment });

test('without a Temporal binary nothing is ready, unless a server of one’s own is named', () => {
  vi.stubEnv('TEMPORAL_ADDRESS', undefined);
  const wasm = config({ SEVENFOLD_BACKEND: 'wasm' });
  expect(isReady(wasm)).toBe(false);
  vi.stubEnv('TEMPORAL_ADDRESS', 'temporal.example.org:7233');
  expect(isReady(wasm)).toBe(true);
});

test('only the native backend needs TensorFlow set up', () => {
  expect(defaultNeeds(config()).tensorFlow).toBe(true);
  expect(defaultNeeds(config({ SEVENFOLD_BACKEND: 'wasm' })).tensorFlow).toBe(false);
});

test('what is ready is found at once and left alone', async () => {
  const tensorFlow = process.env['SEVENFOLD_BACKEND'] !== 'wasm';
  const needs = { temporal: false, tensorFlow, lightGbm: false };
  const startedAt = performance.now();
  await ensureReady(config(), (message) => expect.fail(message), needs);
  expect(performance.now() - startedAt).toBeLessThan(50);
});
