import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SupervisedProcess } from '../../../src/client/stack/supervised-process.ts';
import { isAlive } from '../../../src/process-lock.ts';
import { until } from '../../support/until.ts';

let folder: string;
let supervised: SupervisedProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sevenfold-supervised-'));
});
afterEach(async () => {
  await supervised?.stop();
  await rm(folder, { recursive: true, force: true });
});

function supervise(script: string): SupervisedProcess {
  supervised = new SupervisedProcess(
    {
      name: 'test',
      command: process.execPath,
      args: ['-e', script],
      environment: process.env,
      log: join(folder, 'test.log'),
      watchesSupervisor: false,
    },
    () => undefined,
  );
  supervised.start();
  return supervised;
}

test('a process that is killed is started again', async () => {
  const supervised = supervise('setInterval(() => {}, 1000)');
  const first = await until(() => supervised.pid);
  process.kill(first, 'SIGKILL');
  const second = await until(() => (supervised.pid === first ? null : supervised.pid));
  expect(second).not.toBe(first);
  expect(supervised.restarts).toBe(1);
  expect(isAlive(first)).toBe(false);
}, 20_000);

test('a process that fails at once is tried again and again, with what it said in its log', async () => {
  const supervised = supervise('console.log("no luck"); process.exit(1)');
  await until(() => supervised.restarts >= 2);
  await supervised.stop();
  const said = await readFile(join(folder, 'test.log'), 'utf8');
  expect(said.match(/no luck/g)?.length).toBeGreaterThanOrEqual(2);
}, 20_000);

test('stopping ends the process and what it started, and nothing is started again', async () => {
  const supervised = supervise(`
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    console.log(child.pid);
    process.on('SIGTERM', () => process.exit(0));
  `);
  const log = () => readFile(join(folder, 'test.log'), 'utf8');
  const grandchild = await until(async () => Number((await log()).trim()) || null);
  await supervised.stop();
  await until(() => !isAlive(grandchild));
  expect(supervised.pid).toBeNull();
  expect(supervised.restarts).toBe(0);
}, 20_000);
