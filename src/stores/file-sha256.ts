import { createHash } from 'node:crypto';
import { hashFile } from '../hash-file.ts';

/** A file's SHA-256 in hexadecimal, read piece by piece. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await hashFile(hash, path);
  return hash.digest('hex');
}
