import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FileDocumentStore } from '../../src/stores/file-document-store.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { documentStoreContract } from './document-store-contract.ts';

const module = new URL('../../src/stores/file-document-store.ts', import.meta.url);

documentStoreContract('FileDocumentStore', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sevenfold-documents-'));
  return {
    store: new FileDocumentStore(root),
    open: `
      import { FileDocumentStore } from ${JSON.stringify(module)};
      const store = new FileDocumentStore(${JSON.stringify(root)});`,
    async remove() {
      const left = await readdir(root, { recursive: true });
      expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
      await rm(root, { recursive: true });
    },
  };
});

test('a full disk is said to be full, and the old document stays', async ({ skip }) => {
  const disk = await mountSmallDisk(256);
  if (disk === null) return skip('this user may not mount a small disk');
  try {
    const store = new FileDocumentStore(disk.folder);
    await store.write('key', { old: true });
    const problem = { code: 'NoDiskSpace', field: 'SEVENFOLD_HOME' };
    const full = expect.objectContaining({ problem: expect.objectContaining(problem) });
    await expect(store.write('key', { text: 'x'.repeat(2 ** 20) })).rejects.toThrow(full);
    expect(await store.read('key')).toEqual({ old: true });
    expect(await readdir(disk.folder)).toEqual(['key.json']);
  } finally {
    await disk.remove();
  }
});
