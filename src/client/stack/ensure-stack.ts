import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../config.ts';
import { readStack } from '../../connection.ts';
import { InputError } from '../../errors.ts';
import { isAlive } from '../../process-lock.ts';
import type { Stack } from '../../schemas/stack.ts';
import { launcher } from './local-stack.ts';

const LOOK_EVERY_MS = 100;

/** The local stack: the one that runs, or a new one in the background that outlives this command. */
export async function ensureStack(
  config: Config,
  onProgress: (text: string) => void,
): Promise<Stack> {
  const running = await liveStack(config.home);
  if (running?.ready === true) return running;
  const starting = running === null ? await startInBackground(config) : undefined;
  onProgress('starting the local stack: Temporal, workers, prediction server');
  for (;;) {
    const stack = await liveStack(config.home);
    if (stack?.ready === true) return stack;
    // Another command may have been quicker, in which case ours went and theirs stays.
    if (starting?.hasEnded() === true && stack === null) throw await startFailed(starting.log);
    await pause(LOOK_EVERY_MS);
  }
}

/** The state of the local stack whose supervisor lives; null when none does. */
export async function liveStack(home: string): Promise<Stack | null> {
  const stack = await readStack(home);
  return stack !== null && isAlive(stack.pid) ? stack : null;
}

async function startInBackground({ home }: Config) {
  await mkdir(join(home, 'logs'), { recursive: true });
  const log = join(home, 'logs', 'dev.log');
  const logFile = openSync(log, 'w');
  const child = spawn(process.execPath, [launcher, 'dev'], {
    detached: true,
    stdio: ['ignore', logFile, logFile],
  });
  closeSync(logFile);
  let ended = false;
  child.once('exit', () => (ended = true));
  child.unref();
  return { log, hasEnded: () => ended };
}

async function startFailed(log: string): Promise<InputError> {
  const lines = (await readFile(log, 'utf8')).trim().split('\n');
  const reason = lines.findLast((line) => line.startsWith('error:')) ?? lines.at(-1) ?? '';
  return new InputError({
    code: 'StackFailed',
    field: 'local stack',
    value: reason.replace(/^error: /, ''),
    expected: 'a local stack that starts',
    remedy: `Run 'sevenfold doctor', or look into ${log}.`,
  });
}
