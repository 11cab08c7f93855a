import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Takes a lock file for this process; false while another live process has it. The lock of a
 * process that is gone is taken over. It is let go by removing the file.
 */
export async function tryLock(file: string): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true });
  for (;;) {
    if (await createWhole(file, String(process.pid))) return true;
    const holder = await lockHolder(file);
    if (holder !== null && isAlive(holder)) return false;
    await rm(file, { force: true });
  }
}

/** The process that a lock file names; null when there is none. */
export async function lockHolder(file: string): Promise<number | null> {
  const pid = Number(await readFile(file, 'utf8').catch(() => ''));
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

/** Creates a file with its content at once, so that nobody ever sees it empty. */
async function createWhole(file: string, content: string): Promise<boolean> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  await writeFile(temporary, content);
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Whether a process of this id runs. One that has ended but that nobody has reaped does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // Other systems have no /proc.
    return true;
  }
}
