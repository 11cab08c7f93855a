import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { hashFile } from '../../hash-file.ts';
import { ImageFolder } from './images/image-folder.ts';
import { namedImages } from './images/named-images.ts';
import type { Table } from './table.ts';

/**
 * SHA-256 over the bytes of tables, one after another. A folder of images counts by the name and the
 * bytes of each image; a table of images by its own bytes, and then by those of each.
 */
export async function hashTables(
  tables: readonly Table[],
  imageColumn: string | null,
): Promise<string> {
  const hash = createHash('sha256');
  for (const table of tables) {
    if (table instanceof ImageFolder) {
      for (const name of table.names) {
        hash.update(`${name}\n`);
        await hashFile(hash, join(table.path, name));
      }
      continue;
    }
    for (const path of table.files) await hashFile(hash, path);
    if (imageColumn === null || !table.columns.includes(imageColumn)) continue;
    // One that is missing leaves its row out, and nothing here.
    for await (const path of namedImages(table, imageColumn)) {
      await hashFile(hash, path).catch(() => undefined);
    }
  }
  return hash.digest('hex');
}
