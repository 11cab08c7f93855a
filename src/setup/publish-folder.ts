import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';

/**
 * Fills a folder beside its final place and renames it there when it is whole, so that an
 * interrupted fill leaves nothing that looks finished. Does nothing when the folder exists.
 */
export async function publishFolder(
  target: string,
  fill: (partial: string) => Promise<void>,
): Promise<void> {
  if (existsSync(target)) return;
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await fill(partial);
  await rename(partial, target);
}
