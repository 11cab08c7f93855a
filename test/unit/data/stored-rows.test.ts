import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { densify } from '../../../src/ml/data/densify.ts';
import type { EncodedRows } from '../../../src/ml/data/fitted-transform.ts';
import { ShardWriter } from '../../../src/ml/data/shard-writer.ts';
import { openRows, type StoredRows } from '../../../src/ml/data/stored-rows.ts';
import { gatherRows } from '../../../src/ml/training/table-batches.ts';
import type { Batch } from '../../../src/ml/training/training-data.ts';
import type { TargetScale } from '../../../src/schemas/prepared-data.ts';
import type { Task } from '../../../src/schemas/problem.ts';
import { FileObjectStore } from '../../../src/stores/file-object-store.ts';
import { ObjectArtifactStore } from '../../../src/stores/object-artifact-store.ts';
import { collect } from '../../support/collect.ts';
import { cellsOf } from '../../support/column-profiles.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = await temporaryFolder('stored-rows');
const store = new ObjectArtifactStore(new FileObjectStore(join(folder, 'home')));
const layout = { numeric: 2, categories: [3, 2], imputed: [0.5, -1] };
const unscaled = { log: false, shift: 0, scale: 1 };

const AWKWARD = [0.1, -0, 1e-40, 3.4e38];

/** The number of the row and an awkward one; codes with −1, which is all zeros, among them. */
const encode = (rows: number): EncodedRows => ({
  rows,
  numeric: Float32Array.from(cellsOf(rows, (row) => [row, AWKWARD[row % 4] as number]).flat()),
  codes: Int32Array.from(cellsOf(rows, (row) => [(row % 4) - 1, (row % 3) - 1]).flat()),
});

/** Writes rows, and opens them; each target is a third of the row's number. */
async function storeThirds(
  rows: number,
  { targetScale = unscaled, task = 'regression' }: { targetScale?: TargetScale; task?: Task } = {},
) {
  const encoded = encode(rows);
  const targets = Float64Array.from({ length: rows }, (_, row) => row / 3);
  const writer = new ShardWriter(layout, folder, `part${rows}`, (path, type) =>
    store.putFile(path, type),
  );
  for (let start = 0; start < rows; start += 65_536) {
    const end = Math.min(rows, start + 65_536);
    await writer.append(
      {
        rows: end - start,
        numeric: encoded.numeric.subarray(2 * start, 2 * end),
        codes: encoded.codes.subarray(2 * start, 2 * end),
      },
      targets.subarray(start, end),
    );
    await writer.publish();
  }
  const shards = await Promise.all(
    writer.part.shards.map(async ({ artifact, rows }) => ({
      path: await store.localPath(artifact),
      rows,
    })),
  );
  return { encoded, targets, stored: await openRows({ shards, layout, targetScale, task }) };
}

/** Numbers of the rows, in the order in which they come. */
const orderOf = (batches: readonly Batch[]): number[] =>
  batches.flatMap(({ features, rows }) => cellsOf(rows, (row) => features[row * 7] as number));

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer, byteOffset, byteLength);

describe.each([
  ['one block', 1_000],
  ['several blocks', 40_000],
  ['several shards', 70_000],
])('rows in %s', (_, rows) => {
  let stored: StoredRows;
  let encoded: EncodedRows;
  let targets: Float64Array;
  beforeAll(async () => {
    ({ stored, encoded, targets } = await storeThirds(rows));
  });

  test('come back bit for bit, in order', async () => {
    expect([stored.rows, stored.width]).toEqual([rows, 2 + 3 + 2]);
    const batches = await collect(stored.batches(4_096));
    const features = batches.map((batch) => bytesOf(batch.features));
    expect(Buffer.concat(features).equals(bytesOf(densify(encoded, layout)))).toBe(true);
    const read = batches.map((batch) => bytesOf(batch.targets));
    expect(Buffer.concat(read).equals(bytesOf(targets))).toBe(true);
  });

  test('come in batches of the size that is asked for, the last one smaller', async () => {
    for (const shuffle of [undefined, { seed: 1, epoch: 0 }]) {
      const sizes = (await collect(stored.batches(300, shuffle))).map((batch) => batch.rows);
      const full = Math.floor(rows / 300);
      expect(sizes).toEqual([...Array(full).fill(300), rows - 300 * full]);
    }
  });

  test('are all there once in a shuffled epoch, in another order each epoch', async () => {
    const order = async (seed: number, epoch: number) =>
      orderOf(await collect(stored.batches(512, { seed, epoch })));
    const first = await order(1, 0);
    const inOrder = cellsOf(rows, (row) => row);
    expect(first.toSorted((a, b) => a - b)).toEqual(inOrder);
    expect(first).not.toEqual(inOrder);
    expect(await order(1, 0)).toEqual(first);
    for (const [seed, epoch] of [
      [1, 1],
      [2, 0],
    ] as const) {
      const other = await order(seed, epoch);
      const same = other.filter((row, i) => row === first[i]).length;
      expect(same).toBeLessThan(0.05 * rows);
      expect(other.toSorted((a, b) => a - b)).toEqual(inOrder);
    }
    const batches = await collect(stored.batches(512, { seed: 1, epoch: 0 }));
    const shuffled = batches.flatMap((batch) => [...batch.targets]);
    expect(shuffled).toEqual(first.map((row) => targets[row]));
  });

  test('come in the same order whatever the size of the batches', async () => {
    const shuffle = { seed: 9, epoch: 4 };
    expect(orderOf(await collect(stored.batches(64, shuffle)))).toEqual(
      orderOf(await collect(stored.batches(5_000, shuffle))),
    );
  });

  test('give their targets at once, in order', async () => {
    expect(await stored.originalTargets()).toEqual(targets);
  });
});

test('rows that are held as a table come in the same batches, and tell their places in it', async () => {
  const targetScale = { log: false, shift: 1, scale: 3 };
  const { stored: plain } = await storeThirds(1_000, { targetScale });
  const { stored: held } = await storeThirds(1_000, { targetScale });
  const table = (await held.table?.()) as Float32Array;
  for (const shuffle of [undefined, { seed: 3, epoch: 2 }]) {
    const expected = await collect(plain.batches(64, shuffle));
    const batches = await collect(held.batches(64, shuffle));
    expect(batches.map(({ rows, features, targets }) => ({ rows, features, targets }))).toEqual(
      expected,
    );
    for (const { indices = new Int32Array(), features } of batches) {
      expect(features).toEqual(gatherRows(table, indices, 7));
    }
  }
});

test('more rows than a block are not held as a table', async () => {
  const { stored } = await storeThirds(40_000);
  expect(await stored.table?.()).toBeNull();
});

test('the blocks of a shuffled epoch come in an order of their own', async () => {
  const { stored } = await storeThirds(70_000);
  const firstBlocks = await Promise.all(
    cellsOf(12, async (epoch) => {
      for await (const batch of stored.batches(1, { seed: 1, epoch })) {
        return Math.floor((batch.features[0] as number) / 16_384);
      }
      return -1;
    }),
  );
  expect(new Set(firstBlocks).size).toBeGreaterThan(2);
});

test('models see scaled targets of a regression, and classes as they are', async () => {
  const targetScale = { log: true, shift: 0.5, scale: 2 };
  const { stored, targets } = await storeThirds(10, { targetScale });
  const [batch] = await collect(stored.batches(10));
  expect([...(batch as Batch).targets]).toEqual(
    cellsOf(10, (row) => expect.closeTo((Math.log(1 + row / 3) - 0.5) / 2, 12)),
  );
  expect(await stored.originalTargets()).toEqual(targets);
  const classes = await storeThirds(10, { targetScale, task: 'multiclass' });
  const [ofClasses] = await collect(classes.stored.batches(10));
  expect([...(ofClasses as Batch).targets]).toEqual(cellsOf(10, (row) => row / 3));
});

test('a shard that is shorter than its record says is noticed', async () => {
  const path = join(folder, 'short.shard');
  await writeFile(path, new Uint8Array(24 * 9));
  const stored = await openRows({
    shards: [{ path, rows: 10 }],
    layout,
    targetScale: unscaled,
    task: 'regression',
  });
  await expect(collect(stored.batches(5))).rejects.toThrow(
    `${path} is shorter than its record says.`,
  );
});

test('as codes, a category is one input, and what is missing or has no place is NaN', async () => {
  const encoded: EncodedRows = {
    rows: 2,
    numeric: Float32Array.of(1.5, Number.NaN, Number.NaN, 2),
    codes: Int32Array.of(2, -1, 0, 1),
  };
  const writer = new ShardWriter(layout, folder, 'gaps', (path, type) => store.putFile(path, type));
  await writer.append(encoded, Float64Array.of(0, 1));
  await writer.publish();
  const shards = await Promise.all(
    writer.part.shards.map(async ({ artifact, rows }) => ({
      path: await store.localPath(artifact),
      rows,
    })),
  );
  const stored = await openRows({ shards, layout, targetScale: unscaled, task: 'regression' });
  const codes = stored.encodedAs('codes');
  const valuesOf = async (data: Pick<StoredRows, 'batches'>) => {
    const [batch] = await collect(data.batches(2));
    return [...(batch as Batch).features];
  };
  expect([codes.width, await valuesOf(codes)]).toEqual([4, [1.5, NaN, 2, NaN, NaN, 2, 0, 1]]);
  // Dense, the missing numbers are imputed: 0.5 and −1.
  expect(await valuesOf(codes.encodedAs('one-hot'))).toEqual([
    ...[1.5, -1, 0, 0, 1, 0, 0],
    ...[0.5, 2, 1, 0, 0, 0, 1],
  ]);
});
