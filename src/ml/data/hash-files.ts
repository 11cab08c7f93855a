import { createHash } from 'node:crypto';
import { hashFile } from '../../hash-file.ts';

/** SHA-256 over the bytes of files, one after another. */
export async function hashFiles(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) await hashFile(hash, path);
  return hash.digest('hex');
}
