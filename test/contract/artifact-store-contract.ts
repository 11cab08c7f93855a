import { createHash } from 'node:crypto';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/ml/random.ts';
import type { ArtifactRef } from '../../src/schemas/artifact.ts';
import type { ArtifactStore } from '../../src/stores/artifact-store.ts';
import { inParallelProcesses } from '../support/parallel-processes.ts';

/** A store that was just made, and ways round it that tests need. */
export interface ArtifactStoreFixture {
  readonly store: ArtifactStore;
  /** Statements that declare `store`, the same one, in another process. */
  readonly open: string;
  /** Puts other bytes in a blob's place, behind the store's back. */
  damage(ref: ArtifactRef, bytes: Uint8Array): Promise<void>;
  /** How many blobs, finished or not, lie in the store. */
  count(): Promise<number>;
  remove(): Promise<void>;
}

const MEBIBYTE = 2 ** 20;

/** What every artifact store must do. */
export function artifactStoreContract(
  name: string,
  create: () => Promise<ArtifactStoreFixture>,
): void {
  describe(`${name} as an artifact store`, () => {
    let fixture: ArtifactStoreFixture;
    let folder: string;
    beforeEach(async () => {
      fixture = await create();
      folder = await mkdtemp(join(tmpdir(), 'sevenfold-artifacts-'));
    });
    afterEach(async () => {
      await fixture.remove();
      await rm(folder, { recursive: true });
    });

    const put = (bytes: Uint8Array) => fixture.store.put(bytes, 'application/octet-stream');
    const putFile = async (bytes: Uint8Array, file: string) => {
      await writeFile(join(folder, file), bytes);
      return fixture.store.putFile(join(folder, file), 'application/octet-stream');
    };

    test('what was put is read back, from a blob or by its path', async () => {
      for (const bytes of [blob(1000), new Uint8Array()]) {
        const ref = await fixture.store.put(bytes, 'text/csv');
        expect(ref).toMatchObject({ bytes: bytes.length, mediaType: 'text/csv' });
        expect(ref.sha256).toBe(sha256(bytes));
        expect(sha256(await fixture.store.read(ref))).toBe(ref.sha256);
        await access(await fixture.store.localPath(ref));
      }
    });

    test('the same bytes are one blob with one ref, however and how often they are put', async () => {
      const bytes = blob(5000);
      const refs = [await put(bytes), await put(bytes), await putFile(bytes, 'a')];
      refs.push(await putFile(bytes, 'b'));
      expect(new Set(refs.map((ref) => JSON.stringify(ref))).size).toBe(1);
      expect(await fixture.count()).toBe(1);
      expect((await put(blob(5000, 2))).sha256).not.toBe(refs[0]?.sha256);
      expect(await fixture.count()).toBe(2);
    });

    test('a file that is put is taken: nothing is left under its temporary name', async () => {
      const bytes = blob(3 * MEBIBYTE);
      for (const file of ['first', 'again']) {
        const ref = await putFile(bytes, file);
        expect(sha256(await fixture.store.read(ref))).toBe(sha256(bytes));
        await expect(access(join(folder, file))).rejects.toThrow('ENOENT');
      }
      expect(await fixture.count()).toBe(1);
    });

    test('bytes that were changed are noticed when they are read', async () => {
      const bytes = blob(2000);
      const ref = await put(bytes);
      const changed = bytes.slice();
      changed[1234] = (changed[1234] as number) ^ 1;
      await fixture.damage(ref, changed);
      await expect(fixture.store.read(ref)).rejects.toThrow(expect.objectContaining(CORRUPT));
    });

    test.each(['put', 'putFile'])(
      'a blob that was cut short is written again by %s',
      async (way) => {
        const bytes = blob(4000);
        const ref = await put(bytes);
        await fixture.damage(ref, bytes.subarray(0, 1000));
        await expect(fixture.store.read(ref)).rejects.toThrow(expect.objectContaining(CORRUPT));
        await expect(fixture.store.localPath(ref)).rejects.toThrow(
          expect.objectContaining(CORRUPT),
        );
        await (way === 'put' ? put(bytes) : putFile(bytes, 'again'));
        expect(sha256(await fixture.store.read(ref))).toBe(ref.sha256);
      },
    );

    test('a blob that is not there is an error, and not an empty one', async () => {
      const ref = { ...(await put(blob(10))), sha256: sha256(blob(11)), uri: 'objects/no/such' };
      await expect(fixture.store.read(ref)).rejects.toBeInstanceOf(Error);
      await expect(fixture.store.localPath(ref)).rejects.toBeInstanceOf(Error);
    });

    test('many puts of one blob at once leave one whole blob', async () => {
      const bytes = blob(3000);
      const puts = Array.from({ length: 24 }, (_, i) =>
        i % 2 === 0 ? put(bytes) : putFile(bytes, `file-${i}`),
      );
      const refs = await Promise.all(puts);
      expect(new Set(refs.map(({ sha256 }) => sha256))).toEqual(new Set([sha256(bytes)]));
      expect(sha256(await fixture.store.read(refs[0] as ArtifactRef))).toBe(sha256(bytes));
      expect(await fixture.count()).toBe(1);
    });

    test('nobody ever reads half a blob while it is being written', async () => {
      const bytes = blob(4 * MEBIBYTE);
      const ref = await put(bytes);
      const written = new AbortController();
      const writing = Promise.all(
        Array.from({ length: 4 }, async (_, i) => {
          // Cut short again and again, so that it is written again and again.
          await fixture.damage(ref, new Uint8Array());
          await (i % 2 === 0 ? put(bytes) : putFile(bytes, `file-${i}`));
        }),
      ).finally(() => written.abort());
      const seen = new Set<number>();
      while (!written.signal.aborted) {
        const length = await fixture.store.read(ref).then(
          (read) => read.length,
          () => 0,
        );
        seen.add(length);
      }
      await writing;
      for (const length of seen) expect([0, bytes.length]).toContain(length);
      expect(await fixture.count()).toBe(1);
    });

    test('two processes put the same blobs at once, and each blob is whole', async () => {
      const script = {
        prepare: fixture.open,
        act: `Promise.all(Array.from({ length: 20 }, (_, i) =>
          store.put(Buffer.alloc(200_000, i), 'application/octet-stream')))`,
      };
      const [first, second] = await inParallelProcesses([script, script]);
      expect(second).toEqual(first);
      for (const [i, ref] of (first as ArtifactRef[]).entries()) {
        expect(sha256(await fixture.store.read(ref))).toBe(sha256(Buffer.alloc(200_000, i)));
      }
      expect(await fixture.count()).toBe(20);
    });
  });
}

const CORRUPT = { name: 'CorruptArtifact' };

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function blob(length: number, seed = 1): Uint8Array {
  const random = new RandomStream(seed, 'test-blob');
  const pattern = Uint8Array.from({ length: Math.min(length, 997) }, () => random.below(256));
  return Uint8Array.from({ length }, (_, i) => pattern[i % pattern.length] as number);
}
