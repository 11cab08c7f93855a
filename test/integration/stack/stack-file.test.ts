import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claimStack, releaseStack, writeStack } from '../../../src/client/stack/stack-file.ts';
import { readStack } from '../../../src/connection.ts';
import type { Stack } from '../../../src/schemas/stack.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sevenfold-stack-file-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const stack: Stack = {
  schemaVersion: 1,
  pid: process.pid,
  startedAt: '2026-01-01T00:00:00.000Z',
  address: '127.0.0.1:7233',
  namespace: 'default',
  webUi: 'http://127.0.0.1:8233',
  serving: 'http://127.0.0.1:8500',
  ready: true,
  processes: [],
};

test('one process at a time may run the stack of a home', async () => {
  expect(await claimStack(home)).toBe(true);
  expect(await claimStack(home)).toBe(false);
  await releaseStack(home);
  expect(await claimStack(home)).toBe(true);
});

test('the claim of a process that is gone is taken over', async () => {
  await writeFile(join(home, 'stack.lock'), '999999999');
  expect(await claimStack(home)).toBe(true);
});

test('the state is read as it was written; a torn one counts as none', async () => {
  await writeStack(home, stack);
  expect(await readStack(home)).toEqual(stack);
  await writeFile(join(home, 'stack.json'), '{"schemaVersion": 1, "pi');
  expect(await readStack(home)).toBeNull();
});
