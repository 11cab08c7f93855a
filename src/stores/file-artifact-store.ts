import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { explainFullDisk } from '../full-disk.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { writeAtomically } from './atomic-file.ts';

/** A blob whose bytes are not those that its name says. */
export class CorruptArtifact extends Error {
  override readonly name = 'CorruptArtifact';
}

/** Artifacts as files under `objects/`, named by their SHA-256. */
export class FileArtifactStore implements ArtifactStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async put(bytes: Uint8Array, mediaType: string): Promise<ArtifactRef> {
    const ref = refOf(sha256(bytes), bytes.byteLength, mediaType);
    if (!(await this.#has(ref))) await writeAtomically(this.#path(ref), bytes);
    return ref;
  }

  async putFile(path: string, mediaType: string): Promise<ArtifactRef> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    const { size } = await stat(path);
    const ref = refOf(hash.digest('hex'), size, mediaType);
    if (await this.#has(ref)) await rm(path, { force: true });
    else await this.#takeIn(path, this.#path(ref));
    return ref;
  }

  async read(ref: ArtifactRef): Promise<Uint8Array> {
    const bytes = await readFile(this.#path(ref));
    if (sha256(bytes) !== ref.sha256) {
      throw new CorruptArtifact(`${this.#path(ref)} does not hold what its name says.`);
    }
    return bytes;
  }

  async localPath(ref: ArtifactRef): Promise<string> {
    const { size } = await stat(this.#path(ref));
    if (size !== ref.bytes) {
      throw new CorruptArtifact(`${this.#path(ref)} holds ${size} bytes, not ${ref.bytes}.`);
    }
    return this.#path(ref);
  }

  #path(ref: ArtifactRef): string {
    return join(this.#root, ref.uri);
  }

  /** A blob that was cut short by a crash of the machine counts as absent, and is written again. */
  async #has(ref: ArtifactRef): Promise<boolean> {
    const found = await stat(this.#path(ref)).catch(() => null);
    return found?.size === ref.bytes;
  }

  async #takeIn(from: string, to: string): Promise<void> {
    const temporary = `${to}.${randomUUID()}.tmp`;
    try {
      await mkdir(dirname(to), { recursive: true });
      // Another file system can't be renamed from.
      await rename(from, temporary).catch(() => copyFile(from, temporary));
      const file = await open(temporary, 'r+');
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, to);
      await rm(from, { force: true });
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw explainFullDisk(error, to);
    }
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const refOf = (hash: string, bytes: number, mediaType: string): ArtifactRef => ({
  uri: `objects/${hash.slice(0, 2)}/${hash}`,
  sha256: hash,
  bytes,
  mediaType,
});
