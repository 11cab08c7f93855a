import { expect, test } from 'vitest';
import type { Candidate } from '../../src/schemas/hyperparameters.ts';
import { Proposals } from '../../src/workflows/proposals.ts';

const ridge = (alpha: number): Candidate => ({ estimator: 'ridge', hyperparameters: { alpha } });

test('a block is asked for once, however many of its trials come for it', async () => {
  const asked: number[][] = [];
  const proposals = new Proposals(async (first, count) => {
    asked.push([first, count]);
    return Array.from({ length: count }, (_, i) => ridge(first + i));
  });
  const found = await Promise.all([0, 1, 2, 3, 4].map((number) => proposals.of(number, 3)));
  expect(found).toEqual([0, 1, 2, 3, 4].map(ridge));
  expect(asked).toEqual([
    [0, 3],
    [3, 3],
  ]);
});

test('where a block is shorter than asked for, nothing is left', async () => {
  const proposals = new Proposals(async () => [ridge(1)]);
  expect(await proposals.of(0, 4)).toEqual(ridge(1));
  expect(await proposals.of(1, 4)).toBeUndefined();
});

test('a block that fails is heard by who asks, and leaves no promise unheard', async () => {
  const proposals = new Proposals(() => Promise.reject(new Error('cancelled')));
  const unheard: unknown[] = [];
  const listen = (reason: unknown) => unheard.push(reason);
  process.on('unhandledRejection', listen);
  try {
    await expect(proposals.of(8, 8)).rejects.toThrow('cancelled');
    await new Promise((resolve) => setImmediate(resolve));
    expect(unheard).toEqual([]);
  } finally {
    process.off('unhandledRejection', listen);
  }
});
