import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Config } from '../config.ts';
import { runCommand } from './run-command.ts';

/** Grows a tree in a process of its own, so that a library that crashes harms nothing. */
export async function probeLightGbm({ cache }: Config): Promise<void> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const script = fileURLToPath(new URL('./probe-lightgbm-main.ts', import.meta.url));
  await runCommand(process.execPath, ['--import', tsx, script], {
    env: { SEVENFOLD_CACHE: cache },
    timeoutMs: 120_000,
  });
}
