import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';
import { TEMPORAL_ARCHIVES, TEMPORAL_VERSION, temporalPlatform } from './temporal-release.ts';

const ANSWER_MS = 5_000;
const DOWNLOAD_MS = 300_000;

/**
 * Downloads the released CLI into `folder/temporal`, the way the SDK does, and checks its SHA-256.
 * An address that does not answer within seconds is an error, so that building can begin.
 */
export async function downloadTemporal(folder: string, progress: Progress): Promise<void> {
  const platform = temporalPlatform();
  const expected = TEMPORAL_ARCHIVES[platform];
  if (expected === undefined) throw new Error(`no known release for ${platform}`);
  const url = await archiveAddress(platform);
  progress(`downloading Temporal ${TEMPORAL_VERSION} from ${new URL(url).host}`);
  const archive = await download(url);
  verify(archive, expected);
  const file = join(folder, 'archive.tar.gz');
  await writeFile(file, archive);
  await runCommand('tar', ['-xzf', file, '-C', folder, 'temporal']);
  await rm(file);
}

async function archiveAddress(platform: string): Promise<string> {
  const [system = '', arch = ''] = platform.split('-');
  const query = new URLSearchParams({ platform: system, arch });
  const response = await fetch(
    `https://temporal.download/cli/v${TEMPORAL_VERSION}?${query.toString()}`,
    {
      signal: AbortSignal.timeout(ANSWER_MS),
    },
  );
  if (!response.ok) throw new Error(`temporal.download answered ${response.status}`);
  const info = (await response.json()) as { archiveUrl: string };
  return info.archiveUrl;
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** Throws unless the bytes have this SHA-256. */
export function verify(bytes: Uint8Array, expected: string): void {
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== expected) throw new Error(`checksum ${found} is not the expected ${expected}`);
}
