import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { inParallelProcesses } from '../support/parallel-processes.ts';

/** A store that was just made. */
export interface ObjectStoreFixture {
  readonly store: ObjectStore;
  /** Statements that declare `store`, the same one, in another process. */
  readonly open: string;
  remove(): Promise<void>;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes);

/** What every object store must do. */
export function objectStoreContract(name: string, make: () => Promise<ObjectStoreFixture>): void {
  describe(`${name} as an object store`, () => {
    let fixture: ObjectStoreFixture;
    let store: ObjectStore;
    let folder: string;
    beforeEach(async () => {
      fixture = await make();
      store = fixture.store;
      folder = await mkdtemp(join(tmpdir(), 'sevenfold-objects-'));
    });
    afterEach(async () => {
      await fixture.remove();
      await rm(folder, { recursive: true });
    });

    test('what was written is read back, and later writes take its place', async () => {
      await store.write('a/b', bytesOf('first'));
      await store.write('a/b', bytesOf('second, and longer'));
      expect(textOf(await store.read('a/b'))).toBe('second, and longer');
      expect(await store.describe('a/b')).toMatchObject({ key: 'a/b', bytes: 18 });
      await store.write('a/b', new Uint8Array());
      expect(await store.read('a/b')).toHaveLength(0);
    });

    test('what is not there is null, and its removal nothing', async () => {
      expect(await store.read('a/none')).toBeNull();
      expect(await store.describe('a/none')).toBeNull();
      await store.remove('a/none');
      await expect(store.localPath('a/none')).rejects.toThrow('none');
      expect(await store.list('a/')).toEqual([]);
    });

    test('a creation does not touch what is there already', async () => {
      expect(await store.create('log/1', bytesOf('mine'))).toBe(true);
      expect(await store.create('log/1', bytesOf('theirs'))).toBe(false);
      expect(textOf(await store.read('log/1'))).toBe('mine');
      await store.remove('log/1');
      expect(await store.create('log/1', bytesOf('theirs'))).toBe(true);
    });

    test('of many creators at once, in two processes, one succeeds', async () => {
      const script = (who: string) => ({
        prepare: fixture.open,
        act: `Promise.all(Array.from({ length: 20 }, async (_, i) =>
          (await Promise.all([0, 1].map((n) =>
            store.create('race/' + i, Buffer.from('${who}' + n))))).filter(Boolean).length))`,
      });
      const [first, second] = (await inParallelProcesses([script('a'), script('b')])) as number[][];
      for (let i = 0; i < 20; i++) expect((first?.[i] ?? 0) + (second?.[i] ?? 0)).toBe(1);
    });

    test('a file is taken, and found again on this machine', async () => {
      const path = join(folder, 'large');
      await writeFile(path, Buffer.alloc(3_000_000, 7));
      await store.takeFile('objects/large', path);
      await expect(readFile(path)).rejects.toThrow('ENOENT');
      const local = await store.localPath('objects/large');
      expect((await readFile(local)).equals(Buffer.alloc(3_000_000, 7))).toBe(true);
    });

    test('objects are listed by what their keys start with, in order', async () => {
      for (const key of ['x/2', 'x/10', 'x/y/1', 'xz', 'w']) await store.write(key, bytesOf(key));
      const keys = async (prefix: string) => (await store.list(prefix)).map(({ key }) => key);
      expect(await keys('x/')).toEqual(['x/10', 'x/2', 'x/y/1']);
      expect(await keys('x')).toEqual(['x/10', 'x/2', 'x/y/1', 'xz']);
      expect(await store.list('xz')).toEqual([await store.describe('xz')]);
      expect((await store.list('xz'))[0]).toMatchObject({ bytes: 2 });
      await store.remove('x/2');
      expect(await keys('x/')).toEqual(['x/10', 'x/y/1']);
    });

    test('more objects than one page of a listing holds are all listed', async () => {
      const keys = Array.from({ length: 1_050 }, (_, i) => `many/${String(i).padStart(5, '0')}`);
      for (let i = 0; i < keys.length; i += 50) {
        await Promise.all(keys.slice(i, i + 50).map((key) => store.write(key, bytesOf(key))));
      }
      expect((await store.list('many/')).map(({ key }) => key)).toEqual(keys);
    }, 60_000);

    test.each(['', '/etc/passwd', '../outside', 'a/../../b', 'a//b', 'a\\b', 'a/'])(
      'the key %j is refused',
      async (key) => {
        await expect(store.write(key, bytesOf('x'))).rejects.toThrow('is no key');
        await expect(store.read(key)).rejects.toThrow('is no key');
      },
    );
  });
}
