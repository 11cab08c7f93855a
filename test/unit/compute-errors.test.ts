import { expect, test } from 'vitest';
import { diedOf } from '../../src/workers/compute/compute-errors.ts';

const MIB = 2 ** 20;
const sample = (rss: number, free: number) => ({
  atMs: 0,
  rssBytes: rss * MIB,
  freeBytes: free * MIB,
});
const death = { code: null, signal: 'SIGKILL', kernelKills: 0, samples: [], errors: '' };

test('a kill that the kernel has counted is want of memory, with what was last held', () => {
  const died = diedOf({ ...death, kernelKills: 1, samples: [sample(900, 500), sample(1500, 20)] });
  expect(died.name).toBe('OutOfMemory');
  expect(died.message).toContain('1500 MiB with 20 MiB free');
  expect(died.samples).toHaveLength(2);
});

test('a kill among want of memory is probably that', () => {
  expect(diedOf({ ...death, samples: [sample(1500, 100)] })).toMatchObject({
    name: 'OutOfMemory',
    message: expect.stringContaining('probably'),
  });
});

test('a full heap is want of memory, however the process ended', () => {
  const errors =
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
  expect(diedOf({ ...death, signal: 'SIGABRT', errors }).name).toBe('OutOfMemory');
});

test('any other end is told by signal or code, with its last words', () => {
  expect(diedOf({ ...death, samples: [sample(300, 9000)] })).toMatchObject({
    name: 'ComputeProcessDied',
    message: expect.stringContaining('signal SIGKILL'),
  });
  const crash = diedOf({ ...death, signal: null, code: 7, errors: 'a\nthe last words\n' });
  expect(crash.message).toMatch(/exit code 7.*the last words/);
});
