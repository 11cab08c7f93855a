import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../../src/setup/lock.ts';

const quiet = (): void => undefined;
let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sevenfold-lock-'));
  file = join(folder, 'nested', 'lock');
});
afterEach(() => rm(folder, { recursive: true }));

test('two set-ups at once take turns, and the second says that it waits', async () => {
  const events: string[] = [];
  const begun = new EventEmitter();
  const waiting = new EventEmitter();
  const hasBegun = once(begun, 'now');
  const first = withLock(file, quiet, async () => {
    begun.emit('now');
    await once(waiting, 'now');
    events.push('first');
  });
  await hasBegun;
  const second = withLock(
    file,
    () => waiting.emit('now'),
    () => Promise.resolve(events.push('second')),
  );
  await Promise.all([first, second]);
  expect(events).toEqual(['first', 'second']);
  expect(existsSync(file)).toBe(false);
});

test('the lock of a process that was killed is taken over', async () => {
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(holder, 'spawn');
  await withLock(file, quiet, () => Promise.resolve());
  await writeFile(file, String(holder.pid));
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(await withLock(file, quiet, () => Promise.resolve('mine'))).toBe('mine');
});

test('the lock is released when the work fails', async () => {
  const failing = withLock(file, quiet, () => Promise.reject(new Error('no disk')));
  await expect(failing).rejects.toThrow('no disk');
  expect(existsSync(file)).toBe(false);
});
