import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';
import { ObjectArtifactStore } from '../../src/stores/object-artifact-store.ts';
import { ObjectDocumentStore } from '../../src/stores/object-document-store.ts';
import { S3ObjectStore } from '../../src/stores/s3-object-store.ts';
import { Moto } from '../support/moto.ts';
import { artifactStoreContract } from './artifact-store-contract.ts';
import { checkpointLogContract } from './checkpoint-log-contract.ts';
import { documentStoreContract } from './document-store-contract.ts';
import { objectStoreContract } from './object-store-contract.ts';

const SETUP_MS = 600_000;

let moto: Moto;
beforeAll(async () => {
  moto = await Moto.start();
  for (const [name, value] of Object.entries(moto.variables())) vi.stubEnv(name, value);
}, SETUP_MS);
afterAll(() => moto.stop());

const source = (name: string) =>
  JSON.stringify(new URL(`../../src/stores/${name}.ts`, import.meta.url));

async function newStore() {
  const home = await mkdtemp(join(tmpdir(), 'sevenfold-s3-'));
  const options = { location: moto.newPlace(), home };
  const store = new S3ObjectStore(options);
  return {
    store,
    open: `
      import { S3ObjectStore } from ${source('s3-object-store')};
      const objects = new S3ObjectStore(${JSON.stringify(options)});`,
    async remove() {
      await store.close();
      await rm(home, { recursive: true });
    },
  };
}

objectStoreContract('S3ObjectStore', async () => {
  const { store, open, remove } = await newStore();
  return { store, open: `${open} const store = objects;`, remove };
});

checkpointLogContract('S3', newStore);

artifactStoreContract('ObjectArtifactStore on S3', async () => {
  const { store, open, remove } = await newStore();
  return {
    store: new ObjectArtifactStore(store),
    open: `
      import { ObjectArtifactStore } from ${source('object-artifact-store')};
      ${open} const store = new ObjectArtifactStore(objects);`,
    damage: (ref, bytes) => store.write(ref.uri, bytes),
    count: async () => (await store.list('')).length,
    remove,
  };
});

documentStoreContract('ObjectDocumentStore on S3', async () => {
  const { store, open, remove } = await newStore();
  return {
    store: new ObjectDocumentStore(store),
    open: `
      import { ObjectDocumentStore } from ${source('object-document-store')};
      ${open} const store = new ObjectDocumentStore(objects);`,
    remove,
  };
});
