import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { ArtifactStore } from './artifact-store.ts';
import type { DocumentStore } from './document-store.ts';
import { FileObjectStore } from './file-object-store.ts';
import type { ModelRegistry } from './model-registry.ts';
import { ObjectArtifactStore } from './object-artifact-store.ts';
import { ObjectDocumentStore } from './object-document-store.ts';
import type { ObjectStore } from './object-store.ts';
import { S3ObjectStore } from './s3-object-store.ts';
import { SqliteModelRegistry } from './sqlite-model-registry.ts';

export interface OpenStores {
  readonly objects: ObjectStore;
  readonly artifacts: ArtifactStore;
  readonly documents: DocumentStore;
  readonly registry: ModelRegistry;
  close(): Promise<void>;
}

/**
 * The stores of one home folder, shared by every process that opens it; folders are made when
 * needed. Objects may lie in a bucket instead, which is shared by machines; the registry may not.
 */
export function openStores({
  home,
  store = null,
}: Pick<Config, 'home'> & Partial<Pick<Config, 'store'>>): OpenStores {
  const bucket = store && new S3ObjectStore({ location: store, home });
  const objects = bucket ?? new FileObjectStore(home);
  const registry = new SqliteModelRegistry(join(home, 'registry.db'));
  return {
    objects,
    artifacts: new ObjectArtifactStore(objects),
    documents: new ObjectDocumentStore(objects),
    registry,
    async close() {
      await bucket?.close();
      await registry.close();
    },
  };
}
