import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SupervisedProcess } from '../../src/client/stack/supervised-process.ts';
import type { CommandHome } from './command.ts';

const launcher = fileURLToPath(new URL('../../bin/sevenfold.js', import.meta.url));

/** Starts one more worker beside those of a local stack, kept alive until it is told to stop. */
export async function startExtraWorker(
  { home, environment }: CommandHome,
  name: string,
  ...args: string[]
): Promise<SupervisedProcess> {
  const stack = JSON.parse(await readFile(join(home, 'stack.json'), 'utf8')) as { address: string };
  const worker = new SupervisedProcess(
    {
      name,
      command: process.execPath,
      args: [launcher, 'worker', ...args],
      environment: { ...environment, TEMPORAL_ADDRESS: stack.address },
      log: join(home, 'logs', `${name}.log`),
      watchesSupervisor: true,
    },
    () => undefined,
  );
  worker.start();
  return worker;
}
