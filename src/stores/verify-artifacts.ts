import type { ArtifactStore } from './artifact-store.ts';
import { refsIn } from './references.ts';

/**
 * Reads every artifact that a value refers to, and those that JSON artifacts refer to in turn, and
 * compares it with its hash.
 * @param verified hashes that need no second look; grows.
 * @throws CorruptArtifact for the first one that is missing or changed.
 */
export async function verifyArtifacts(
  store: ArtifactStore,
  value: unknown,
  verified: Set<string>,
): Promise<void> {
  for (const ref of refsIn(value)) {
    if (verified.has(ref.sha256)) continue;
    const bytes = await store.read(ref);
    verified.add(ref.sha256);
    if (ref.mediaType !== 'application/json') continue;
    await verifyArtifacts(store, JSON.parse(Buffer.from(bytes).toString('utf8')), verified);
  }
}
