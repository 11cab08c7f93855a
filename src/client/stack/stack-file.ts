import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readStack, stackFile } from '../../connection.ts';
import { isAlive, tryLock } from '../../process-lock.ts';
import type { Stack } from '../../schemas/stack.ts';

const lockFile = (home: string): string => join(home, 'stack.lock');

/** Publishes the stack's state; readers see the old file or the new one, never half of one. */
export async function writeStack(home: string, stack: Stack): Promise<void> {
  const temporary = `${stackFile(home)}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(stack, null, 2)}\n`);
  await rename(temporary, stackFile(home));
}

/** Takes the right to run the stack of this home; false when another live process has it. */
export const claimStack = (home: string): Promise<boolean> => tryLock(lockFile(home));

/** Gives the right back and takes the state away. */
export async function releaseStack(home: string): Promise<void> {
  await rm(stackFile(home), { force: true });
  await rm(lockFile(home), { force: true });
}

/**
 * Ends what a supervisor that was killed has left behind. A process id may have been given to
 * another program since, so its command line must still name what was started.
 */
export async function endOrphans(home: string): Promise<void> {
  const stack = await readStack(home);
  for (const { pid, name } of stack?.processes ?? []) {
    if (pid === null || !isAlive(pid)) continue;
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const isOurs =
      name === 'temporal' ? commandLine.includes(home) : commandLine.includes('sevenfold');
    if (isOurs) process.kill(pid, 'SIGKILL');
  }
}
