import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Bytes that are hashed at once. */
const PIECE = 2 ** 20;

/** Adds a file's bytes to a hash. Without a pipeline, which would leave listeners on it for each file. */
export async function hashFile(hash: Hash, path: string): Promise<void> {
  const pieces = createReadStream(path, { highWaterMark: PIECE });
  for await (const bytes of pieces) hash.update(bytes as Buffer);
}
