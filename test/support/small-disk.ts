import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PIECE_BYTES = 2 ** 20;

/** A folder on a disk of its own that is soon full. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes up all the room that is left; gives what makes room again. */
  fill(): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

/** Null where this user may not mount. */
export async function mountSmallDisk(kibibytes: number): Promise<SmallDisk | null> {
  const folder = await mkdtemp(join(tmpdir(), 'sevenfold-small-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'sevenfold-test', folder]);
  } catch {
    await rm(folder, { recursive: true });
    return null;
  }
  return {
    folder,
    async fill() {
      const ballast = join(folder, 'ballast');
      await writeUntilFull(ballast);
      return () => rm(ballast);
    },
    async remove() {
      await run('umount', ['--lazy', folder]);
      await rm(folder, { recursive: true });
    },
  };
}

async function writeUntilFull(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (;;) await file.write(Buffer.alloc(PIECE_BYTES));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    await file.close();
  }
}
