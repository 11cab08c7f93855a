import { expect, test } from 'vitest';
import { philox4x32, RandomStream, streamKey } from '../../src/ml/random.ts';

// Known answers of Random123 (kat_vectors, philox4x32-10).
test.each([
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
] as const)('philox gives the published words for counter %j', (counter, key, words) => {
  expect([...philox4x32(counter, key)]).toEqual(words);
});

test('a stream repeats by name, and differs by seed, purpose and index', () => {
  const draw = (seed: number, purpose: string, index: number) =>
    new RandomStream(seed, purpose, [index]).uniform();
  expect(draw(1, 'shuffle', 2)).toBe(draw(1, 'shuffle', 2));
  const others = [draw(2, 'shuffle', 2), draw(1, 'dropout', 2), draw(1, 'shuffle', 3)];
  expect(new Set([draw(1, 'shuffle', 2), ...others]).size).toBe(4);
});

test('a stream goes on from a block', () => {
  const whole = new RandomStream(7, 'x');
  for (let i = 0; i < 8; i++) whole.uint32();
  expect(new RandomStream(7, 'x', [], 2).uint32()).toBe(whole.uint32());
});

test.each([0, 2 ** 32 - 3])(
  'a stream gives the words of its blocks one by one, from block %i on',
  (first) => {
    const stream = new RandomStream(7, 'x', [3, 5], first);
    const key = streamKey(7, 'x');
    for (let block = first; block < first + 300; block++) {
      const counter = [block >>> 0, Math.floor(block / 2 ** 32), 3, 5] as const;
      const words = Array.from({ length: 4 }, () => stream.uint32());
      expect(words).toEqual([...philox4x32(counter, key)]);
    }
  },
);

test('a permutation holds each number once', () => {
  const order = [...new RandomStream(0, 'p').permutation(1000)];
  expect(order.toSorted((a, b) => a - b)).toEqual(order.map((_, i) => i));
  expect(order).not.toEqual(order.map((_, i) => i));
});

test('normal draws have mean 0 and deviation 1', () => {
  const stream = new RandomStream(3, 'n');
  const draws = Array.from({ length: 20_000 }, () => stream.normal());
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
  expect(Math.abs(mean)).toBeLessThan(0.02);
  expect(Math.abs(variance - 1)).toBeLessThan(0.03);
});
