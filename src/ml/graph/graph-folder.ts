import { mkdirSync, mkdtempSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAbandoned, ownPrefix } from '../../unfinished.ts';

const PREFIX = 'sevenfold-graph-';

/**
 * A new folder for a graph on its way to TensorFlow, which takes graphs only from a folder. It has
 * the path of the one before, where that is free: TensorFlow counts loads by path, and forgets none.
 */
export function makeGraphFolder(): string {
  const path = join(tmpdir(), `${PREFIX}${ownPrefix()}`);
  try {
    mkdirSync(path, { mode: 0o700 });
    return path;
  } catch {
    return mkdtempSync(path);
  }
}

/** Takes away what processes have left that were killed while they handed a graph over. */
export async function sweepGraphFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(tmpdir(), name);
    if (await isAbandoned(path, name.slice(PREFIX.length))) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
