import { InputError } from './errors.ts';

/** The operating system's codes, and SQLite's. */
const FULL = ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'];

/** A full disk is the user's to mend: trying again does not help. Other errors come back as they are. */
export function explainFullDisk(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === undefined || !FULL.includes(code)) return error;
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
