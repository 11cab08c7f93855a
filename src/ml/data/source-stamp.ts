import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { SourceStamp } from '../../schemas/preparation-state.ts';
import { ImageFolder } from './images/image-folder.ts';
import { namedImages } from './images/named-images.ts';
import { type SourceRows, tablesOf } from './source-rows.ts';
import { stampFile } from './stamp-file.ts';
import type { Table } from './table.ts';

/** By what the files are known again, tables and the images that they name, without reading them all. */
export async function stampSource(source: SourceRows): Promise<SourceStamp[]> {
  const { imageColumn } = source;
  const stamps = tablesOf(source).map(async (table) => {
    if (table instanceof ImageFolder) return [table.stamp()];
    const own = await Promise.all(table.files.map(stampFile));
    const hasImages = imageColumn !== null && table.columns.includes(imageColumn);
    return hasImages ? [...own, await stampImages(table, imageColumn)] : own;
  });
  return (await Promise.all(stamps)).flat();
}

async function stampImages(table: Table, column: string): Promise<SourceStamp> {
  const hash = createHash('sha256');
  let [bytes, modifiedAtMs] = [0, 0];
  for await (const path of namedImages(table, column)) {
    const found = await stat(path).catch(() => null);
    hash.update(JSON.stringify([path, found?.size ?? null, found?.mtimeMs ?? null]));
    bytes += found?.size ?? 0;
    modifiedAtMs = Math.max(modifiedAtMs, found?.mtimeMs ?? 0);
  }
  return { bytes, modifiedAtMs, ends: hash.digest('hex') };
}
