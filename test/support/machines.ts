import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PortReservations } from '../../src/client/stack/ports.ts';
import { serverIsUp, workersPoll } from '../../src/client/stack/readiness.ts';
import { readConfig } from '../../src/config.ts';
import { TaskQueue } from '../../src/task-queues.ts';
import { childrenOf } from './processes.ts';

const launcher = resolve(import.meta.dirname, '../../bin/sevenfold.js');

/**
 * A Temporal server, a worker for workflows and two for heavy work, each as on a machine of its
 * own: with a home folder of its own, and with nobody who starts it again.
 */
export class Machines {
  readonly address: string;
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #ports: PortReservations;
  readonly #processes = new Map<string, ChildProcess>();

  private constructor(
    folder: string,
    address: string,
    environment: NodeJS.ProcessEnv,
    ports: PortReservations,
  ) {
    this.#folder = folder;
    this.address = address;
    this.#environment = environment;
    this.#ports = ports;
  }

  /** @param variables what all of them are told, such as SEVENFOLD_STORE */
  static async start(
    temporalBinary: string,
    variables: Readonly<Record<string, string>>,
  ): Promise<Machines> {
    const folder = await mkdtemp(join(tmpdir(), 'sevenfold-machines-'));
    const ports = new PortReservations(readConfig().cache);
    const port = await ports.take(0);
    const address = `127.0.0.1:${port}`;
    const environment = { ...process.env, ...variables, TEMPORAL_ADDRESS: address };
    const machines = new Machines(folder, address, environment, ports);
    const server = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', `${port}`];
    await machines.#spawn('temporal', temporalBinary, [...server, '--log-level', 'error']);
    await serverIsUp(address);
    await machines.#worker('main', TaskQueue.main);
    await machines.#worker('cpu-1', TaskQueue.cpu);
    await machines.#worker('cpu-2', TaskQueue.cpu);
    await workersPoll(address, [TaskQueue.main, TaskQueue.cpu]);
    return machines;
  }

  home(name: string): string {
    return join(this.#folder, name);
  }

  /** The machine for heavy work on which this process computes; undefined when it is none's. */
  async whose(pid: number): Promise<string | undefined> {
    for (const name of ['cpu-1', 'cpu-2']) {
      const worker = this.#processes.get(name)?.pid ?? 0;
      if ((await childrenOf(worker, 'compute/main')).includes(pid)) return name;
    }
    return undefined;
  }

  /** A machine is gone at once, with all that ran on it. */
  async lose(name: string): Promise<void> {
    const child = this.#processes.get(name);
    if (child?.pid === undefined) throw new Error(`There is no ${name}.`);
    const gone = once(child, 'exit');
    process.kill(-child.pid, 'SIGKILL');
    await gone;
    this.#processes.delete(name);
  }

  async stop(): Promise<void> {
    for (const name of [...this.#processes.keys()].reverse()) await this.lose(name);
    await this.#ports.release();
    await rm(this.#folder, { recursive: true });
  }

  async #worker(name: string, queue: string): Promise<void> {
    await this.#spawn(name, process.execPath, [launcher, 'worker', '--queue', queue]);
  }

  async #spawn(name: string, command: string, args: readonly string[]): Promise<void> {
    await mkdir(this.home(name), { recursive: true });
    const log = openSync(join(this.#folder, `${name}.log`), 'w');
    // In a group of its own, and, where it is Node, with a channel that tells it when the test is gone.
    const child = spawn(command, args, {
      detached: true,
      env: { ...this.#environment, SEVENFOLD_HOME: this.home(name) },
      stdio: ['ignore', log, log, ...(command === process.execPath ? (['ipc'] as const) : [])],
    });
    closeSync(log);
    await once(child, 'spawn');
    this.#processes.set(name, child);
  }
}
