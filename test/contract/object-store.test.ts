import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { FileObjectStore } from '../../src/stores/file-object-store.ts';
import { objectStoreContract } from './object-store-contract.ts';

const source = new URL('../../src/stores/file-object-store.ts', import.meta.url);

objectStoreContract('FileObjectStore', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sevenfold-objects-'));
  return {
    store: new FileObjectStore(root),
    open: `
      import { FileObjectStore } from ${JSON.stringify(source)};
      const store = new FileObjectStore(${JSON.stringify(root)});`,
    async remove() {
      expect(await readdir(join(root, 'tmp')).catch(() => [])).toEqual([]);
      await rm(root, { recursive: true });
    },
  };
});
