import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileObjectStore } from '../../src/stores/file-object-store.ts';
import { checkpointLogContract } from './checkpoint-log-contract.ts';

checkpointLogContract('files', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sevenfold-log-'));
  return {
    store: new FileObjectStore(root),
    open: '',
    remove: () => rm(root, { recursive: true }),
  };
});
