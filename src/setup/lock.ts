import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockHolder, tryLock } from '../process-lock.ts';
import type { Progress } from './progress.ts';

const POLL_MS = 200;

/** Runs `work` while holding a lock file; waits for another process that holds it. */
export async function withLock<T>(
  file: string,
  progress: Progress,
  work: () => Promise<T>,
): Promise<T> {
  let told = false;
  while (!(await tryLock(file))) {
    if (!told) {
      progress(`another set-up runs (process ${(await lockHolder(file)) ?? '?'}): waiting for it`);
    }
    told = true;
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}
