import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isAlive } from './process-lock.ts';

/** What another machine left may be in use there; after a day it is not. */
const STALE_MS = 24 * 3_600_000;
const OWN = /^([\w.-]+)~(\d+)~/;

/** How names of unfinished files and folders begin: they tell whose they are. */
export const ownPrefix = (): string => `${hostname()}~${process.pid}~`;

/** Whether the process is gone that an unfinished file or folder was named by. */
export async function isAbandoned(path: string, name: string): Promise<boolean> {
  const [, host, pid] = OWN.exec(name) ?? [];
  if (host === hostname()) return !isAlive(Number(pid));
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > STALE_MS;
}
