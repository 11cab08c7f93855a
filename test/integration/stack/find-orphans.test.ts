import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findOrphanProcesses } from '../../../src/client/stack/find-orphans.ts';
import { readStack } from '../../../src/connection.ts';
import { isAlive } from '../../../src/process-lock.ts';
import { CommandHome } from '../../support/command.ts';
import { quickOptions } from '../../support/quick-job.ts';
import { customerHeader, customers, writeCsv } from '../../support/tables.ts';
import { until } from '../../support/until.ts';

let home: CommandHome;
const left: number[] = [];

beforeAll(async () => {
  home = await CommandHome.create();
  const { code, stderr } = await home.runHere('dev', '--detach');
  expect(code, stderr).toBe(0);
}, 180_000);
afterAll(async () => {
  for (const pid of left) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  await home.remove();
}, 60_000);

const orphans = async () =>
  (await findOrphanProcesses(home.home)).map(({ pid, role }) => `${role} ${pid}`);

async function pidOf(name: string): Promise<number> {
  const stack = await readStack(home.home);
  return stack?.processes.find((each) => each.name === name)?.pid ?? 0;
}

test('processes of a stack have owners; those whose owner was killed are found', async () => {
  const data = await writeCsv(join(home.home, 'customers.csv'), customerHeader, customers(200));
  const job = ['--data', data, '--target', 'left', '--set', 'estimators=[logistic]'];
  expect((await home.run('run', ...job, ...quickOptions())).code).toBe(0);
  const worker = await pidOf('worker-cpu');
  const children = await readFile(`/proc/${worker}/task/${worker}/children`, 'utf8');
  const [compute = 0] = children.trim().split(' ').map(Number);
  expect(await orphans()).toEqual([]);

  // With its supervisor and its worker killed, one that is stopped can't end itself.
  const temporal = await pidOf('temporal');
  left.push(compute, temporal);
  process.kill(compute, 'SIGSTOP');
  process.kill((await readStack(home.home))?.pid ?? 0, 'SIGKILL');
  process.kill(worker, 'SIGKILL');
  const expected = [`compute ${compute}`, `temporal ${temporal}`].sort();
  await until(async () => expected.join() === (await orphans()).sort().join());
  const { code, stdout } = await home.run('fsck');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^orphan-process +temporal \d+/m);
  expect(await findOrphanProcesses(join(home.home, 'another'))).toEqual([]);
}, 120_000);
