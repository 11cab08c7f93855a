import { mkdtempSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAbandoned, ownPrefix } from '../../unfinished.ts';

const PREFIX = 'sevenfold-graph-';

/** A new folder for a graph on its way to TensorFlow, which takes graphs only from a folder. */
export const makeGraphFolder = (): string => mkdtempSync(join(tmpdir(), `${PREFIX}${ownPrefix()}`));

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
