import { join } from 'node:path';
import type { ArtifactStore } from './artifact-store.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import type { DocumentStore } from './document-store.ts';
import { FileArtifactStore } from './file-artifact-store.ts';
import { FileCheckpointStore } from './file-checkpoint-store.ts';
import { FileDocumentStore } from './file-document-store.ts';
import type { ModelRegistry } from './model-registry.ts';
import { SqliteModelRegistry } from './sqlite-model-registry.ts';

export interface OpenStores {
  readonly artifacts: ArtifactStore;
  readonly documents: DocumentStore;
  readonly registry: ModelRegistry;
  readonly checkpoints: CheckpointStore;
  close(): Promise<void>;
}

/** The stores of one home folder, shared by every process that opens it; folders are made when needed. */
export function openStores(home: string): OpenStores {
  const registry = new SqliteModelRegistry(join(home, 'registry.db'));
  return {
    artifacts: new FileArtifactStore(home),
    documents: new FileDocumentStore(join(home, 'documents')),
    registry,
    checkpoints: new FileCheckpointStore(join(home, 'checkpoints')),
    close: () => registry.close(),
  };
}
