import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '../errors.ts';

/** Writes a file whole: under a temporary name beside it, synced, then renamed. */
export async function writeAtomically(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw explainFullDisk(error, path);
  }
}

/** A full disk is the user's to mend: trying again does not help. */
export function explainFullDisk(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new InputError(
    {
      code: 'NoDiskSpace',
      field: 'SEVENFOLD_HOME',
      value: path,
      expected: 'room on the disk',
      remedy: 'Free some space, or set SEVENFOLD_HOME to a folder on another disk.',
    },
    { cause: error },
  );
}
