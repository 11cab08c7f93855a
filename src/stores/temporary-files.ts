import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbandoned, ownPrefix } from '../unfinished.ts';

const FOLDER = 'tmp';

/** Where unfinished files of a store lie: beside the finished ones, so that they can be renamed. */
export const temporaryFolder = (root: string): string => join(root, FOLDER);

/** A new name for an unfinished file or folder, which tells whose it is. */
export const temporaryName = (root: string): string =>
  join(temporaryFolder(root), `${ownPrefix()}${randomUUID()}`);

/** Unfinished files and folders of processes that are gone. */
export async function findAbandonedFiles(root: string): Promise<string[]> {
  const names = await readdir(temporaryFolder(root)).catch((): string[] => []);
  const found: string[] = [];
  for (const name of names.sort()) {
    const path = join(temporaryFolder(root), name);
    if (await isAbandoned(path, name)) found.push(path);
  }
  return found;
}

/** Takes away what processes that are gone have left unfinished; gives how many files that was. */
export async function sweepTemporaryFiles(root: string): Promise<number> {
  const abandoned = await findAbandonedFiles(root);
  for (const path of abandoned) await rm(path, { recursive: true, force: true });
  return abandoned.length;
}
