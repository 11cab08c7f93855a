import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StepCache } from '../../../src/stores/step-cache.ts';
import { TestStore } from '../../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await TestStore.create();
});
afterAll(() => store.remove());

const identity = { uses: 'module#clean', code: 'v1', inputs: { a: 1, b: { c: 2 } } };

test('a miss says why: never done, another code, another input', async () => {
  const cache = new StepCache(store.stores);
  expect(await cache.find(identity, 'p/clean')).toEqual({
    hit: false,
    why: 'it was never done before',
  });
  await cache.keep(identity, 'p/clean', { runId: 'r1', outputs: { rows: 3 } });
  expect(await cache.find(identity, 'p/clean')).toEqual({
    hit: true,
    outputs: { rows: 3 },
    runId: 'r1',
  });
  expect(await cache.find({ ...identity, code: 'v2' }, 'p/clean')).toMatchObject({
    why: 'its code has changed',
  });
  const other = { ...identity, inputs: { a: 1, b: { c: 3 } } };
  expect(await cache.find(other, 'p/clean')).toMatchObject({
    why: 'changed since it was done last: b',
  });
});

test('a hit whose artifact is gone or changed is a miss that says so', async () => {
  const cache = new StepCache(store.stores);
  const artifact = await store.stores.artifacts.put(Buffer.from('model'), 'text/plain');
  const mine = { ...identity, inputs: { a: 9 } };
  await cache.keep(mine, 'p/train', { runId: 'r1', outputs: { artifact } });
  expect(await cache.find(mine, 'p/train')).toMatchObject({ hit: true });
  await rm(join(store.home, artifact.uri));
  expect(await cache.find(mine, 'p/train')).toMatchObject({
    hit: false,
    why: expect.stringContaining('damaged: There is no artifact'),
  });
});
