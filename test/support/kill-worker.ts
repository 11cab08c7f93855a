import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandHome } from './command.ts';
import { until } from './until.ts';

/** Kills a worker of a local stack, and waits until another one has been started in its place. */
export async function killWorker({ home }: CommandHome, name: string): Promise<void> {
  const pidOf = async () => {
    const stack = JSON.parse(await readFile(join(home, 'stack.json'), 'utf8')) as {
      processes: { name: string; pid: number }[];
    };
    return stack.processes.find((process) => process.name === name)?.pid ?? 0;
  };
  const pid = await pidOf();
  process.kill(pid, 'SIGKILL');
  await until(async () => ![0, pid].includes(await pidOf()), { everyMs: 50 });
}
