import { expect, test } from 'vitest';
import { RowMemory } from '../../../src/ml/data/threads/row-memory.ts';

test('memory that is given back is used again where it is large enough, and not before', () => {
  const memory = new RowMemory();
  const first = memory.take(1_000, 40);
  expect([first.bytes.length, first.starts.length, first.ends.length]).toEqual([1_000, 40, 40]);
  const second = memory.take(1_000, 40);
  expect(second.starts.buffer).not.toBe(first.starts.buffer);
  memory.release(first);
  expect(memory.take(2 ** 20, 40).starts.buffer).not.toBe(first.starts.buffer);
  const third = memory.take(10, 4);
  expect(third.starts.buffer).toBe(first.starts.buffer);
  third.bytes.fill(255);
  third.starts.fill(1);
  third.ends.fill(2);
  expect([third.bytes[0], third.starts[3], third.ends[0]]).toEqual([255, 1, 2]);
});
