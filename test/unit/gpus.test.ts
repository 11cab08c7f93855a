import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { gpuEnvironment, listGpus } from '../../src/workers/compute/gpus.ts';

/** What the driver's program prints on a machine with two GPUs. */
const TWO = `0, GPU-c8e55616-5c14-f212-157a-03158a19de5d, NVIDIA H100 80GB HBM3
1, GPU-0a1b2c3d-0000-1111-2222-333344445555, NVIDIA A100-SXM4-40GB
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sevenfold-gpus-'));
  vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Puts a program in the driver's place, since this machine may have none. */
async function install(prints: string): Promise<void> {
  const program = join(folder, 'nvidia-smi');
  await writeFile(program, `#!/bin/sh\ncat <<'END'\n${prints}END\n`);
  await chmod(program, 0o755);
  vi.stubEnv('PATH', [folder, process.env['PATH']].join(delimiter));
}

test('a machine tells its GPUs and their models', async () => {
  await install(TWO);
  expect(await listGpus()).toEqual([
    { id: '0', model: 'NVIDIA H100 80GB HBM3' },
    { id: '1', model: 'NVIDIA A100-SXM4-40GB' },
  ]);
});

test.each([
  ['1', [{ id: '1', model: 'NVIDIA A100-SXM4-40GB' }]],
  ['GPU-c8e55616', [{ id: 'GPU-c8e55616', model: 'NVIDIA H100 80GB HBM3' }]],
  ['', []],
])('CUDA_VISIBLE_DEVICES=%j leaves those that it names', async (visible, gpus) => {
  await install(TWO);
  vi.stubEnv('CUDA_VISIBLE_DEVICES', visible);
  expect(await listGpus()).toEqual(gpus);
});

test('without a driver there is none', async () => {
  vi.stubEnv('PATH', folder);
  expect(await listGpus()).toEqual([]);
});

test('a process sees the GPU that is its own, and no other', () => {
  expect(gpuEnvironment({ id: '1', model: 'A' })).toMatchObject({ CUDA_VISIBLE_DEVICES: '1' });
  expect(gpuEnvironment(undefined)).toEqual({ CUDA_VISIBLE_DEVICES: '' });
});
