import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from './progress.ts';

const POLL_MS = 200;

/** Runs `work` while holding a lock file; the lock of a process that is gone is taken over. */
export async function withLock<T>(
  file: string,
  progress: Progress,
  work: () => Promise<T>,
): Promise<T> {
  await acquire(file, progress);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function acquire(file: string, progress: Progress): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  let told = false;
  while (!(await tryCreate(file))) {
    const holder = await readHolder(file);
    if (holder !== undefined && !isRunning(holder)) {
      await rm(file, { force: true });
      continue;
    }
    if (!told) progress(`another set-up runs (process ${holder ?? 'unknown'}): waiting for it`);
    told = true;
    await sleep(POLL_MS);
  }
}

async function tryCreate(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readHolder(file: string): Promise<number | undefined> {
  try {
    const pid = Number(await readFile(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
