import type { ArtifactRef } from '../schemas/artifact.ts';

/** Content-addressed blobs. Writes are atomic and idempotent: the same bytes give the same ref. */
export interface ArtifactStore {
  put(bytes: Uint8Array, mediaType: string): Promise<ArtifactRef>;
  /** Takes a file that its caller wrote under a temporary name; the file is moved or copied. */
  putFile(path: string, mediaType: string): Promise<ArtifactRef>;
  /** The blob's bytes, checked against its hash. */
  read(ref: ArtifactRef): Promise<Uint8Array>;
  /** A path on this machine that holds the blob, for reading by range. */
  localPath(ref: ArtifactRef): Promise<string>;
}
