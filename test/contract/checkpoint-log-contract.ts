import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NumericFingerprint } from '../../src/schemas/training.ts';
import { CheckpointLog, readLatestCheckpoint } from '../../src/stores/checkpoint-log.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import type { ObjectStoreFixture } from './object-store-contract.ts';

export const fingerprint: NumericFingerprint = {
  platform: 'linux-x64',
  cpuModel: 'a CPU',
  cpuFeatures: '0123',
  backend: 'tensorflow',
  tensorflow: '2',
  oneDnn: false,
  intraOpThreads: 1,
  interOpThreads: 1,
  gpu: null,
};

const state = (text: string) => new TextEncoder().encode(text);
const NAME = 'run-1/train-0123';

/** What a log promises on every object store. */
export function checkpointLogContract(name: string, make: () => Promise<ObjectStoreFixture>): void {
  describe(`a checkpoint log on ${name}`, () => {
    let fixture: ObjectStoreFixture;
    let store: ObjectStore;
    beforeEach(async () => {
      fixture = await make();
      store = fixture.store;
    });
    afterEach(() => fixture.remove());

    const claim = () => CheckpointLog.claim(store, NAME, fingerprint);
    const latest = async (log: CheckpointLog) => {
      const found = await log.latest();
      return found && new TextDecoder().decode(found.state);
    };
    const keys = async (part: string) =>
      (await store.list(`checkpoints/${NAME}/${part}/`)).map(({ key }) => key);

    test('the next attempt goes on from the last checkpoint', async () => {
      const first = await claim();
      expect(await latest(first)).toBeNull();
      for (const text of ['one', 'two', 'three']) await first.save(state(text));
      expect(await latest(await claim())).toBe('three');
    });

    test('an attempt whose work was claimed by another publishes nothing any more', async () => {
      const stale = await claim();
      await stale.save(state('before'));
      const successor = await claim();
      await expect(stale.save(state('late'))).rejects.toThrow('claimed');
      await expect(stale.complete('late', 0)).rejects.toThrow('claimed');
      expect(await latest(await claim())).toBe('before');
      // The successor itself has been followed by the claim above.
      await expect(successor.save(state('also late'))).rejects.toThrow('claimed');
    });

    test('nor does it when its successor has since gone on and tidied up', async () => {
      const stale = await claim();
      await stale.save(state('old'));
      const successor = await claim();
      for (let i = 0; i < 10; i++) await successor.save(state(`new ${i}`));
      for (let i = 0; i < 15; i++) {
        await expect(stale.save(state(`late ${i}`))).rejects.toThrow('claimed');
      }
      expect(await latest(await claim())).toBe('new 9');
    });

    test('a stale attempt takes away what it wrote after the work was completed', async () => {
      const stale = await claim();
      const successor = await claim();
      await successor.save(state('the end'));
      await successor.complete('done', 1);
      await stale.attach(state('a late piece'));
      await expect(stale.save(state('late'))).rejects.toThrow('claimed');
      expect(await keys('blobs')).toHaveLength(1);
      expect(await latest(await claim())).toBe('the end');
    });

    test('and nothing of a successor that is at work', async () => {
      const stale = await claim();
      const successor = await claim();
      const piece = await successor.attach(state('of its next checkpoint'));
      await expect(stale.save(state('late'))).rejects.toThrow('claimed');
      expect(await successor.attachment(piece)).not.toBeNull();
    });

    test('whoever comes after completion is given what the work came to', async () => {
      const log = await claim();
      await log.save(state('half'));
      await log.complete({ score: 0.5, list: [1, null] }, 0);
      const next = await claim();
      expect(next.completion?.outcome).toEqual({ score: 0.5, list: [1, null] });
      expect(await keys('blobs')).toEqual([]);
    });

    test('completion takes away what attempts that died between blob and entry have left', async () => {
      await claim();
      await store.write(`checkpoints/${NAME}/blobs/${'a'.repeat(64)}`, state('no entry names it'));
      const log = await claim();
      await log.save(state('kept'));
      await log.complete({}, 1);
      expect(await keys('blobs')).toHaveLength(1);
      expect(await latest(await claim())).toBe('kept');
    });

    test('a piece of the state is kept while a checkpoint names it, and no longer', async () => {
      const log = await claim();
      const pieces: string[] = [];
      for (let i = 0; i < 5; i++) {
        pieces.push(await log.attach(state(`piece ${i}`)));
        await log.save(state(`state ${i}`), i === 4 ? pieces.slice(3) : pieces);
      }
      const next = await claim();
      const read = async (piece: string) => {
        const bytes = await next.attachment(piece);
        return bytes && new TextDecoder().decode(bytes);
      };
      // The last two checkpoints need all of them.
      expect(await read(pieces[0] as string)).toBe('piece 0');
      await next.save(state('state 5'), pieces.slice(3));
      expect(await Promise.all(pieces.map(read))).toEqual([null, null, null, 'piece 3', 'piece 4']);
      await store.write(`checkpoints/${NAME}/blobs/${pieces[4]}`, state('altered'));
      expect(await read(pieces[4] as string)).toBeNull();
      await next.complete('done', 0);
      expect(await keys('blobs')).toEqual([]);
    });

    test('the pieces of a checkpoint stay when completed work is tidied', async () => {
      await claim();
      const log = await claim();
      const piece = await log.attach(state('piece'));
      await log.save(state('kept'), [piece]);
      await log.complete({}, 1);
      expect(await (await claim()).attachment(piece)).not.toBeNull();
    });

    test('the last two checkpoints are kept, and one of a completed training', async () => {
      const log = await claim();
      for (let i = 0; i < 6; i++) await log.save(state(`state ${i}`));
      expect(await keys('blobs')).toHaveLength(2);
      await log.complete('done', 1);
      expect(await keys('blobs')).toHaveLength(1);
      const found = await readLatestCheckpoint(store, NAME);
      expect(new TextDecoder().decode(found?.state)).toBe('state 5');
    });

    test.each([
      ['torn', (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2)],
      ['altered', (bytes: Uint8Array) => bytes.map((byte, i) => (i === 3 ? byte ^ 1 : byte))],
      ['empty', () => new Uint8Array()],
    ])('a checkpoint that is %s gives way to the one before', async (_, damage) => {
      const log = await claim();
      await log.save(state('earlier'));
      await log.save(state('the last'));
      for (const key of await keys('blobs')) {
        const bytes = (await store.read(key)) as Uint8Array;
        if (new TextDecoder().decode(bytes) === 'the last') await store.write(key, damage(bytes));
      }
      expect(await latest(await claim())).toBe('earlier');
    });

    test('an entry that is torn is passed over, and still keeps its place', async () => {
      const log = await claim();
      await log.save(state('earlier'));
      await log.save(state('the last'));
      const entry = (await keys('log')).at(-1) as string;
      await store.write(entry, ((await store.read(entry)) as Uint8Array).subarray(0, 20));
      const next = await claim();
      expect(await latest(next)).toBe('earlier');
      await expect(log.save(state('late'))).rejects.toThrow('claimed');
      await next.save(state('after'));
      expect(await latest(await claim())).toBe('after');
    });

    test('of attempts that claim at once the last one holds the log', async () => {
      const logs = await Promise.all(Array.from({ length: 8 }, claim));
      const saves = await Promise.allSettled(logs.map((log, i) => log.save(state(`by ${i}`))));
      expect(saves.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('other arithmetic that worked on it is told of', async () => {
      const threads = { ...fingerprint, intraOpThreads: 2 };
      await CheckpointLog.claim(store, NAME, threads);
      expect((await claim()).otherFingerprints()).toEqual([threads]);
    });
  });
}
