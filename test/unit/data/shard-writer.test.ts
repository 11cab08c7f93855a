import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { recordBytes, ShardWriter } from '../../../src/ml/data/shard-writer.ts';
import type { PreparedPart } from '../../../src/schemas/prepared-data.ts';
import { FileObjectStore } from '../../../src/stores/file-object-store.ts';
import { ObjectArtifactStore } from '../../../src/stores/object-artifact-store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('shard-writer');
const layout = { numeric: 2, categories: [3], imputed: [0, 0] };
const store = new ObjectArtifactStore(new FileObjectStore(join(folder, 'home')));

async function newWriter(published?: PreparedPart) {
  const work = await mkdtemp(join(folder, 'work-'));
  const save = (path: string, type: string) => store.putFile(path, type);
  const writer = new ShardWriter(layout, work, 'fit', save, published);
  return { work, writer };
}

/** Rows whose every value is made from their number. */
const rowsFrom = (start: number, rows: number) => ({
  encoded: {
    rows,
    numeric: Float32Array.from({ length: 2 * rows }, (_, i) => start + i / 2),
    codes: Int32Array.from({ length: rows }, (_, i) => ((start + i) % 4) - 1),
  },
  targets: Float64Array.from({ length: rows }, (_, i) => (start + i) / 3),
});

test('a record is float32 numbers, int32 codes and a float64 target, little-endian', async () => {
  expect(recordBytes(layout)).toBe(2 * 4 + 4 + 8);
  const { writer } = await newWriter();
  await writer.append(
    { rows: 2, numeric: Float32Array.of(0.1, -2, 3, 4), codes: Int32Array.of(2, -1) },
    Float64Array.of(1 / 3, Number.NaN),
  );
  await writer.publish();
  const { rows, shards } = writer.part;
  expect(rows).toBe(2);
  const [shard] = shards as [(typeof shards)[0]];
  expect(shard).toMatchObject({
    rows: 2,
    artifact: { bytes: 40, mediaType: 'application/vnd.sevenfold.shard' },
  });
  const bytes = Buffer.from(await store.read(shard.artifact));
  expect(bytes.readFloatLE(0)).toBe(Math.fround(0.1));
  expect(bytes.readFloatLE(4)).toBe(-2);
  expect(bytes.readInt32LE(8)).toBe(2);
  expect(bytes.readDoubleLE(12)).toBe(1 / 3);
  expect(bytes.readInt32LE(28)).toBe(-1);
  expect(bytes.readDoubleLE(32)).toBeNaN();
});

test('a shard holds what was appended until it is published, in whatever pieces', async () => {
  const write = async (shards: readonly (readonly number[])[]) => {
    const { writer, work } = await newWriter();
    let start = 0;
    for (const sizes of shards) {
      for (const size of sizes) {
        const { encoded, targets } = rowsFrom(start, size);
        await writer.append(encoded, targets);
        start += size;
      }
      await writer.publish();
    }
    expect(await readdir(work)).toEqual([]);
    return writer.part;
  };
  const part = await write([[60_000], [8_928]]);
  expect(part.rows).toBe(68_928);
  expect(part.shards.map(({ rows }) => rows)).toEqual([60_000, 8_928]);
  expect(await write([[30_000, 0, 1, 29_999], [], [8_000, 928]])).toEqual(part);
});

test('a writer goes on after the shards that are published', async () => {
  const { writer } = await newWriter();
  const add = async (to: ShardWriter, start: number) => {
    const { encoded, targets } = rowsFrom(start, 100);
    await to.append(encoded, targets);
    await to.publish();
  };
  await add(writer, 0);
  const other = await newWriter(writer.part);
  await add(writer, 100);
  await add(other.writer, 100);
  expect(other.writer.part).toEqual(writer.part);
  expect(writer.part).toMatchObject({ rows: 200, shards: [{ rows: 100 }, { rows: 100 }] });
});

test('a part without rows has no shards', async () => {
  const { writer } = await newWriter();
  await writer.publish();
  expect(writer.part).toEqual({ rows: 0, shards: [] });
});

test('what is abandoned leaves no file behind', async () => {
  const { writer, work } = await newWriter();
  const { encoded, targets } = rowsFrom(0, 60_000);
  // The first are not written before others come.
  for (let i = 0; i < 2; i++) await writer.append(encoded, targets);
  expect(await readdir(work)).toEqual(['fit-0.shard']);
  await writer.abandon();
  expect(await readdir(work)).toEqual([]);
  await writer.abandon();
});

// The limit on a file's size stands in for a disk that fills up within one write.
test.skipIf(process.platform === 'win32')('a shard is never cut short in silence', async () => {
  const module = resolve(import.meta.dirname, '../../../src/ml/data/shard-writer.ts');
  const script = `
    const { ShardWriter } = await import(${JSON.stringify(module)});
    const save = async (path) => { console.log('saved', path); return {}; };
    const writer = new ShardWriter({ numeric: 1, categories: [], imputed: [0] }, process.cwd(), 'fit', save);
    const encoded = { rows: 1000, numeric: new Float32Array(1000), codes: new Int32Array(0) };
    await writer.append(encoded, new Float64Array(1000))
      .then(() => writer.publish())
      .catch((error) => console.log(error.code));`;
  const work = await mkdtemp(join(folder, 'small-'));
  const node = [process.execPath, '--import', import.meta.resolve('tsx')];
  const stdout = await new Promise<string>((done, fail) => {
    execFile(
      '/bin/sh',
      ['-c', 'ulimit -f 4; exec "$@"', 'sh', ...node, '--input-type=module', '--eval', script],
      { cwd: work, env: { ...process.env, TSX_DISABLE_CACHE: '1' } },
      (error, text, complaint) => (error ? fail(new Error(complaint)) : done(text)),
    );
  });
  expect(stdout.trim()).toBe('EFBIG');
  expect((await readFile(join(work, 'fit-0.shard'))).length).toBeLessThan(12_000);
});
