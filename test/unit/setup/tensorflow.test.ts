import { afterEach, expect, test, vi } from 'vitest';
import { isAddonLinked } from '../../../src/setup/link-addon.ts';
import { wheelFor } from '../../../src/setup/tensorflow-release.ts';
import { requireToolchain } from '../../../src/setup/toolchain.ts';

afterEach(() => vi.unstubAllEnvs());

test('each wheel is pinned by its SHA-256, and the CUDA build is a choice of its own', () => {
  const cpu = wheelFor('cpu', 'linux', 'x64');
  const gpu = wheelFor('gpu', 'linux', 'x64');
  expect(cpu.project).toBe('tensorflow-cpu');
  expect(gpu.project).toBe('tensorflow');
  for (const { sha256 } of [cpu, gpu]) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
});

test('a platform without a wheel is told what WebAssembly can do', () => {
  expect(() => wheelFor('cpu', 'win32', 'x64')).toThrow(/SEVENFOLD_BACKEND=wasm/);
});

test('without a toolchain, the message names the packages and the way out', async () => {
  vi.stubEnv('PATH', '/nowhere');
  await expect(requireToolchain()).rejects.toThrow(
    /no C\+\+ compiler, no make, no Python 3 with pip.*apt-get install build-essential python3-pip;.*SEVENFOLD_BACKEND=wasm/s,
  );
});

test('a package folder without library or add-on is not taken for linked', () => {
  expect(isAddonLinked('/nowhere')).toBe(false);
});
