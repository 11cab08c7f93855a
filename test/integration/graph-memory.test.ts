import { expect, test } from 'vitest';
import { loadTensorFlow } from '../../src/ml/backend.ts';
import { compileOften, leftovers } from '../support/compilations.ts';

test('a thousand compilations take no more memory than a hundred', async () => {
  const tf = await loadTensorFlow();
  compileOften(tf, 100);
  const before = process.memoryUsage.rss();
  compileOften(tf, 900);
  const grownMiB = (process.memoryUsage.rss() - before) / 2 ** 20;
  expect(grownMiB).toBeLessThan(32);
  expect(await leftovers(tf)).toMatchObject({ sessions: 0, tensors: 0, folders: 0 });
});
