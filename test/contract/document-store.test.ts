import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FileObjectStore } from '../../src/stores/file-object-store.ts';
import { ObjectDocumentStore } from '../../src/stores/object-document-store.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { documentStoreContract } from './document-store-contract.ts';

const source = (name: string) =>
  JSON.stringify(new URL(`../../src/stores/${name}.ts`, import.meta.url));

documentStoreContract('ObjectDocumentStore on files', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sevenfold-documents-'));
  return {
    store: new ObjectDocumentStore(new FileObjectStore(root)),
    open: `
      import { FileObjectStore } from ${source('file-object-store')};
      import { ObjectDocumentStore } from ${source('object-document-store')};
      const store = new ObjectDocumentStore(new FileObjectStore(${JSON.stringify(root)}));`,
    async remove() {
      expect(await readdir(join(root, 'tmp')).catch(() => [])).toEqual([]);
      await rm(root, { recursive: true });
    },
  };
});

test('a full disk is said to be full, and the old document stays', async ({ skip }) => {
  const disk = await mountSmallDisk(256);
  if (disk === null) return skip('this user may not mount a small disk');
  try {
    const store = new ObjectDocumentStore(new FileObjectStore(disk.folder));
    await store.write('key', { old: true });
    const problem = { code: 'NoDiskSpace', field: 'SEVENFOLD_HOME' };
    const full = expect.objectContaining({ problem: expect.objectContaining(problem) });
    await expect(store.write('key', { text: 'x'.repeat(2 ** 20) })).rejects.toThrow(full);
    expect(await store.read('key')).toEqual({ old: true });
    expect(await readdir(join(disk.folder, 'tmp'))).toEqual([]);
  } finally {
    await disk.remove();
  }
});
