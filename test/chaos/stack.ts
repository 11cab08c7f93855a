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
import type { SmallDisk } from '../support/small-disk.ts';

/** Where a stack keeps what it makes; empty for a folder on an ordinary disk. */
export interface Place {
  readonly disk?: SmallDisk;
  /** A server for S3, in a process that can be stopped. */
  readonly bucket?: { readonly pid: number; readonly variables: Readonly<Record<string, string>> };
}

const launcher = fileURLToPath(new URL('../../bin/sevenfold.js', import.meta.url));

/** A whole local stack with a second CPU worker, and hands to disturb it with. */
export class DisturbedStack {
  readonly command: CommandHome;
  readonly client: LifecycleClient;
  readonly stores: OpenStores;
  readonly place: Place;
  readonly failPoints: string;
  /** What no home holds: fail points, and Temporal's database where the home is on a small disk. */
  readonly #beside: string;
  readonly #second: SupervisedProcess;

  private constructor(
    command: CommandHome,
    client: LifecycleClient,
    place: Place,
    beside: string,
    second: SupervisedProcess,
  ) {
    this.command = command;
    this.client = client;
    this.stores = openStores(readConfig(command.environment));
    this.place = place;
    this.failPoints = failPointsIn(beside);
    this.#beside = beside;
    this.#second = second;
  }

  static async start(place: Place): Promise<DisturbedStack> {
    const beside = await mkdtemp(join(tmpdir(), 'sevenfold-chaos-'));
    await mkdir(failPointsIn(beside));
    const command =
      place.disk === undefined
        ? await CommandHome.create()
        : await CommandHome.createOn(place.disk.folder, beside);
    Object.assign(command.environment, place.bucket?.variables);
    // The suite looks into the store, too.
    Object.assign(process.env, place.bucket?.variables);
    command.environment['SEVENFOLD_FAIL_POINTS'] = failPointsIn(beside);
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
    return new DisturbedStack(command, client, place, beside, second);
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

  /** What the checker finds now: in the store, and among the processes. */
  async faults(): Promise<readonly unknown[]> {
    const { code, stderr, json } = await this.command.run('fsck', '--json');
    if (!Array.isArray(json['faults'])) throw new Error(`fsck ended with ${code}: ${stderr}`);
    return json['faults'] as unknown[];
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.#second.stop();
    await this.stores.close();
    await this.command.remove();
    await rm(this.#beside, { recursive: true, force: true });
  }
}

const failPointsIn = (beside: string): string => join(beside, 'fail-points');
