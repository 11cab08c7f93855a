import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LifecycleClient } from '../../src/client/lifecycle-client.ts';
import { SupervisedProcess } from '../../src/client/stack/supervised-process.ts';
import { readConfig } from '../../src/config.ts';
import { readStack } from '../../src/connection.ts';
import { type OpenStores, openStores } from '../../src/stores/index.ts';
import { CommandHome } from '../support/command.ts';
import { childrenOf } from '../support/processes.ts';

const launcher = fileURLToPath(new URL('../../bin/sevenfold.js', import.meta.url));

/** A whole local stack with a second CPU worker, and hands to disturb it with. */
export class DisturbedStack {
  readonly command: CommandHome;
  readonly client: LifecycleClient;
  readonly stores: OpenStores;
  readonly failPoints: string;
  readonly #second: SupervisedProcess;

  private constructor(
    command: CommandHome,
    client: LifecycleClient,
    failPoints: string,
    second: SupervisedProcess,
  ) {
    this.command = command;
    this.client = client;
    this.stores = openStores({ home: command.home });
    this.failPoints = failPoints;
    this.#second = second;
  }

  static async start(): Promise<DisturbedStack> {
    const command = await CommandHome.create();
    const failPoints = await mkdtemp(join(tmpdir(), 'sevenfold-fail-points-'));
    command.environment['SEVENFOLD_FAIL_POINTS'] = failPoints;
    const { code, stderr } = await command.run('dev', '--detach');
    if (code !== 0) throw new Error(stderr);
    const client = await LifecycleClient.connect(readConfig(command.environment));
    await mkdir(join(command.home, 'logs'), { recursive: true });
    const second = new SupervisedProcess(
      {
        name: 'worker-cpu-2',
        command: process.execPath,
        args: [launcher, 'worker', '--queue', 'sevenfold-cpu'],
        environment: { ...command.environment, TEMPORAL_ADDRESS: client.settings.address },
        log: join(command.home, 'logs', 'worker-cpu-2.log'),
        watchesSupervisor: true,
      },
      () => undefined,
    );
    second.start();
    return new DisturbedStack(command, client, failPoints, second);
  }

  /** Process id of one process of the stack; null while it is being started again. */
  async pidOf(name: string): Promise<number | null> {
    if (name === 'worker-cpu-2') return this.#second.pid;
    const stack = await readStack(this.command.home);
    return stack?.processes.find((each) => each.name === name)?.pid ?? null;
  }

  /** The compute processes of both CPU workers. */
  async computing(): Promise<number[]> {
    const workers = [await this.pidOf('worker-cpu'), await this.pidOf('worker-cpu-2')];
    const lists = workers.flatMap((pid) => (pid === null ? [] : [childrenOf(pid, 'compute/main')]));
    return (await Promise.all(lists)).flat();
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.#second.stop();
    await this.stores.close();
    await this.command.remove();
    await rm(this.failPoints, { recursive: true, force: true });
  }
}
