import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FileObjectStore } from '../../src/stores/file-object-store.ts';
import { ObjectArtifactStore } from '../../src/stores/object-artifact-store.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { artifactStoreContract } from './artifact-store-contract.ts';

const source = (name: string) =>
  JSON.stringify(new URL(`../../src/stores/${name}.ts`, import.meta.url));

artifactStoreContract('ObjectArtifactStore on files', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sevenfold-store-'));
  return {
    store: new ObjectArtifactStore(new FileObjectStore(root)),
    open: `
      import { FileObjectStore } from ${source('file-object-store')};
      import { ObjectArtifactStore } from ${source('object-artifact-store')};
      const store = new ObjectArtifactStore(new FileObjectStore(${JSON.stringify(root)}));`,
    damage: (ref, bytes) => writeFile(join(root, ref.uri), bytes),
    count: async () => (await filesBelow(root)).length,
    remove: () => rm(root, { recursive: true }),
  };
});

test('a full disk is said to be full, and no half blob is left on it', async ({ skip }) => {
  const disk = await mountSmallDisk(512);
  if (disk === null) return skip('this user may not mount a small disk');
  try {
    const store = new ObjectArtifactStore(new FileObjectStore(disk.folder));
    const problem = { code: 'NoDiskSpace', field: 'SEVENFOLD_HOME' };
    const full = expect.objectContaining({ problem: expect.objectContaining(problem) });
    await expect(store.put(Buffer.alloc(2 ** 20), 'a/b')).rejects.toThrow(full);
    const file = join(await mkdtemp(join(tmpdir(), 'sevenfold-elsewhere-')), 'large');
    await writeFile(file, Buffer.alloc(2 ** 20));
    await expect(store.putFile(file, 'a/b')).rejects.toThrow(full);
    await rm(join(file, '..'), { recursive: true });
    expect(await filesBelow(disk.folder)).toEqual([]);
    const ref = await store.put(Buffer.alloc(1000), 'a/b');
    expect(await store.read(ref)).toHaveLength(1000);
  } finally {
    await disk.remove();
  }
});

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}
