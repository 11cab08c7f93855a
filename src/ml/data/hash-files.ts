import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ImageFolder } from './images/image-folder.ts';

/**
 * SHA-256 over the bytes of files, one after another: of the table, then of the test table. A folder
 * of images counts by the name and the bytes of each image.
 */
export async function hashFiles(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const add = (path: string) => pipeline(createReadStream(path), hash, { end: false });
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) {
      await add(path);
      continue;
    }
    const folder = await ImageFolder.open(path, 'data');
    for (const name of folder.names) {
      hash.update(`${name}\n`);
      await add(join(path, name));
    }
  }
  return hash.digest('hex');
}
