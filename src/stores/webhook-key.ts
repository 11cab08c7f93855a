import { createHmac, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryName } from './temporary-files.ts';

/**
 * The key that webhook secrets are derived from; made when it is first needed. It lies in the home
 * folder, readable to its owner alone, so that no secret stands in a history or in the store.
 */
export async function webhookKey(home: string): Promise<Buffer> {
  const path = join(home, 'webhook.key');
  const found = await readFile(path).catch(() => null);
  if (found !== null) return found;
  await mkdir(home, { recursive: true });
  const temporary = temporaryName(home);
  await mkdir(join(temporary, '..'), { recursive: true });
  await writeFile(temporary, randomBytes(32), { mode: 0o600 });
  // Of two processes one is first, and both read what it wrote.
  await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await unlink(temporary);
  return readFile(path);
}

/** What the holder of a token verifies webhooks with, in the form of Standard Webhooks. */
export const webhookSecret = (key: Uint8Array, tokenId: string): string =>
  derive(key, `webhook/${tokenId}`);

/** What a host (with its port, where the URL names one) verifies the calls of steps with. */
export const callSecret = (key: Uint8Array, host: string): string => derive(key, `call/${host}`);

const derive = (key: Uint8Array, purpose: string): string =>
  `whsec_${createHmac('sha256', key).update(purpose).digest('base64')}`;
