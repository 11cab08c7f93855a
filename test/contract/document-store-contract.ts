import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DocumentStore } from '../../src/stores/document-store.ts';
import { inParallelProcesses } from '../support/parallel-processes.ts';

/** A store that was just made. */
export interface DocumentStoreFixture {
  readonly store: DocumentStore;
  /** Statements that declare `store`, the same one, in another process. */
  readonly open: string;
  remove(): Promise<void>;
}

/** What every document store must do. */
export function documentStoreContract(
  name: string,
  create: () => Promise<DocumentStoreFixture>,
): void {
  describe(`${name} as a document store`, () => {
    let fixture: DocumentStoreFixture;
    let store: DocumentStore;
    beforeEach(async () => {
      fixture = await create();
      store = fixture.store;
    });
    afterEach(() => fixture.remove());

    test('what was written is read back, and nothing where nothing was written', async () => {
      const document = { text: 'Zürich "8001"\n', list: [1, -0.1, null, true], inner: { a: {} } };
      await store.write('runs/a1/manifest', document);
      expect(await store.read('runs/a1/manifest')).toEqual(document);
      expect(await store.read('runs/a1')).toBeNull();
      expect(await store.read('runs/a2/manifest')).toBeNull();
    });

    test('a later write takes the place of an earlier one, shorter or longer', async () => {
      for (const length of [5000, 3, 70_000]) {
        await store.write('grows', { text: 'x'.repeat(length) });
        expect(await store.read('grows')).toEqual({ text: 'x'.repeat(length) });
      }
      expect(await store.list('')).toEqual(['grows']);
    });

    test('keys are listed in order by what they start with', async () => {
      const keys = ['runs/b/steps/train', 'runs/a/trials/000010', 'runs/a/trials/000002'];
      for (const key of [...keys, 'runs/ab/manifest', 'other']) await store.write(key, {});
      expect(await store.list('runs/a/trials/')).toEqual([keys[2], keys[1]]);
      expect(await store.list('runs/a')).toEqual([keys[2], keys[1], 'runs/ab/manifest']);
      expect(await store.list('runs/a/tri')).toHaveLength(2);
      expect(await store.list('')).toHaveLength(5);
      expect(await store.list('runs/c/')).toEqual([]);
    });

    test.each([
      '',
      '/etc/passwd',
      '../outside',
      'a/../../b',
      'a//b',
      'a/./b',
      'a\0b',
      'a\\b',
      'a/',
    ])('the key %j is refused', async (key) => {
      await expect(store.write(key, {})).rejects.toThrow('is no key');
      await expect(store.read(key)).rejects.toThrow('is no key');
      expect(await store.list('')).toEqual([]);
    });

    test('readers see the old document or the new one, never half of one', async () => {
      const documents = [0, 1].map((n) => ({ n, text: String(n).repeat(400_000) }));
      await store.write('key', documents[0]);
      const written = new AbortController();
      const writing = (async () => {
        for (let i = 1; i <= 30; i++) await store.write('key', documents[i % 2]);
      })().finally(() => written.abort());
      while (!written.signal.aborted) {
        const { n, text } = (await store.read('key')) as { n: number; text: string };
        expect(text === documents[n]?.text).toBe(true);
      }
      await writing;
    });

    test('processes that write at once lose nothing, and leave one whole document a key', async () => {
      const script = (id: number) => ({
        prepare: fixture.open,
        act: `Promise.all(Array.from({ length: 50 }, (_, i) => Promise.all([
          store.write('own/${id}-' + i, { id: ${id}, i }),
          store.write('shared', { id: ${id}, text: '${id}'.repeat(20_000) }),
        ])))`,
      });
      await inParallelProcesses([script(1), script(2)]);
      const keys = await store.list('own/');
      expect(keys).toHaveLength(100);
      for (const key of keys) {
        const { id, i } = (await store.read(key)) as { id: number; i: number };
        expect(key).toBe(`own/${id}-${i}`);
      }
      const { id, text } = (await store.read('shared')) as { id: number; text: string };
      expect(text).toBe(String(id).repeat(20_000));
      expect(await store.list('')).toHaveLength(101);
    });
  });
}
