import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const folder = process.env['SEVENFOLD_FAIL_POINTS'];

/**
 * A named place in which the durability suite kills a process: where SEVENFOLD_FAIL_POINTS names a
 * folder that holds a file of this name, the first process to come by takes the file and dies as
 * by SIGKILL. Everywhere else nothing happens.
 */
export async function failPoint(name: string): Promise<void> {
  if (folder === undefined) return;
  try {
    // Whoever removes the file is the one to die.
    await rm(join(folder, name));
  } catch {
    return;
  }
  await appendFile(join(folder, 'hits.log'), `${name} ${process.pid}\n`);
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => undefined);
}
