import { canonicalJson } from '../canonical-json.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { ArtifactStore } from './artifact-store.ts';

/** Writes a document as canonical JSON, so that equal documents are one artifact. */
export const putJson = (store: ArtifactStore, document: unknown): Promise<ArtifactRef> =>
  store.put(Buffer.from(canonicalJson(document)), 'application/json');

/** Reads a JSON artifact; what it holds is for the caller to parse. */
export async function readJson(store: ArtifactStore, ref: ArtifactRef): Promise<unknown> {
  return JSON.parse(Buffer.from(await store.read(ref)).toString('utf8'));
}
