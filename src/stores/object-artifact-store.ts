import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { fileSha256 } from './file-sha256.ts';
import type { ObjectStore } from './object-store.ts';

/** A blob whose bytes are not those that its name says. */
export class CorruptArtifact extends Error {
  override readonly name = 'CorruptArtifact';
}

/** A blob that is not there at all. */
export class MissingArtifact extends CorruptArtifact {}

/** A blob this old is written again when it is put again, so that no collection takes it meanwhile. */
export const FRESH_MS = 3_600_000;

/** Artifacts as objects under `objects/`, named by their SHA-256. */
export class ObjectArtifactStore implements ArtifactStore {
  readonly #objects: ObjectStore;

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  async put(bytes: Uint8Array, mediaType: string): Promise<ArtifactRef> {
    const ref = refOf(sha256(bytes), bytes.byteLength, mediaType);
    if (!(await this.#hasFresh(ref))) await this.#objects.write(ref.uri, bytes);
    return ref;
  }

  async putFile(path: string, mediaType: string): Promise<ArtifactRef> {
    const { size } = await stat(path);
    const ref = refOf(await fileSha256(path), size, mediaType);
    if (await this.#hasFresh(ref)) await rm(path, { force: true });
    else await this.#objects.takeFile(ref.uri, path);
    return ref;
  }

  async read({ uri, sha256: expected }: ArtifactRef): Promise<Uint8Array> {
    const bytes = await this.#objects.read(uri);
    if (bytes === null) throw new MissingArtifact(`There is no artifact ${uri} in the store.`);
    if (sha256(bytes) !== expected) {
      throw new CorruptArtifact(`The artifact ${uri} does not hold what its name says.`);
    }
    return bytes;
  }

  async localPath({ uri, bytes }: ArtifactRef): Promise<string> {
    const path = await this.#objects.localPath(uri);
    const { size } = await stat(path);
    if (size === bytes) return path;
    throw new CorruptArtifact(`The artifact ${uri} holds ${size} bytes, not ${bytes}.`);
  }

  /** A blob that was cut short counts as absent, and is written again. */
  async #hasFresh({ uri, bytes }: ArtifactRef): Promise<boolean> {
    const found = await this.#objects.describe(uri);
    return found?.bytes === bytes && Date.now() - found.modifiedAtMs < FRESH_MS;
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const refOf = (hash: string, bytes: number, mediaType: string): ArtifactRef => ({
  uri: `objects/${hash.slice(0, 2)}/${hash}`,
  sha256: hash,
  bytes,
  mediaType,
});
