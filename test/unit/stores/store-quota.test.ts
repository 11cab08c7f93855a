import { afterEach, beforeEach, expect, test } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { stepDocument } from '../../../src/stores/run-documents.ts';
import { StoreQuota } from '../../../src/stores/store-quota.ts';
import { TestStore } from '../../support/store.ts';

const KIB_IN_GIB = 2 ** -20;

let store: TestStore;
beforeEach(async () => {
  store = await TestStore.create();
});
afterEach(() => store.remove());

const put = (fill: number) =>
  store.stores.artifacts.put(new Uint8Array(100 * 1024).fill(fill), 'application/octet-stream');

test('a store within its quota has room, and is not measured for each piece of work', async () => {
  const quota = new StoreQuota(store.stores, 150 * KIB_IN_GIB);
  await put(1);
  await quota.requireRoom();
  await put(2);
  await quota.requireRoom();
  await expect(new StoreQuota(store.stores, 150 * KIB_IN_GIB).requireRoom()).rejects.toBeInstanceOf(
    InputError,
  );
});

test('a store over its quota is collected first, which may make room', async () => {
  const [left] = [await put(1), await put(2)];
  await store.age(left.uri, 25);
  await new StoreQuota(store.stores, 150 * KIB_IN_GIB).requireRoom();
  expect(await store.keys('objects/')).toHaveLength(1);
});

test('where everything is needed, the error names the variable, the sizes and the remedy', async () => {
  const weights = [await put(1), await put(2)];
  await store.beginRun('run', 'completed');
  await store.stores.documents.write(stepDocument('run', 'train'), { outputs: { weights } });
  await store.ageAll('', 48);
  const quota = new StoreQuota(store.stores, 150 * KIB_IN_GIB);
  for (let time = 0; time < 2; time++) {
    const error = await quota.requireRoom().catch((error: unknown) => error);
    expect((error as InputError).problem).toMatchObject({
      code: 'StoreFull',
      field: 'SEVENFOLD_QUOTA_GIB',
      value: expect.stringMatching(/^0\.000\d+ GiB$/),
      expected: expect.stringContaining('at most 0.000143 GiB'),
      remedy: expect.stringContaining('gc --runs-older-than'),
    });
  }
  expect(await store.keys('objects/')).toHaveLength(2);
});
