import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../config.ts';
import type { Stack } from '../../schemas/stack.ts';
import { ensureTemporal } from '../../setup/temporal.ts';
import { TaskQueue } from '../../task-queues.ts';
import { PortReservations } from './ports.ts';
import { serverIsUp, servesModels, workersPoll } from './readiness.ts';
import { writeStack } from './stack-file.ts';
import { type ProcessSpec, SupervisedProcess } from './supervised-process.ts';

export const launcher = fileURLToPath(new URL('../../../bin/sevenfold.js', import.meta.url));

const TEMPORAL_PORT = 7233;
const WEB_UI_PORT = 8233;
/**
 * The server looks at its transfer queue at most 20 times a second by default, which puts each
 * task on a 50 ms grid; a lifecycle is a chain of short tasks.
 */
const POLLS_PER_SECOND = 2_000;
const REPUBLISH_MS = 2_000;

/** Arguments of Temporal's dev server as our workers need it; by itself it keeps all in memory. */
export const devServer = (port: number): string[] => [
  ...['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'error'],
  ...['--port', String(port)],
  ...['--dynamic-config-value', `history.transferProcessorMaxPollRPS=${POLLS_PER_SECOND}`],
  ...['--search-attribute', 'SevenfoldModel=Keyword'],
  ...['--search-attribute', 'SevenfoldStep=Keyword'],
  ...['--search-attribute', 'SevenfoldScore=Double'],
];

/** Temporal's dev server, one worker a task queue and the prediction server, kept alive. */
export class LocalStack {
  readonly #config: Config;
  readonly #reservations: PortReservations;
  readonly #processes: SupervisedProcess[] = [];
  readonly #startedAt = new Date().toISOString();
  #ports = { temporal: 0, webUi: 0, serving: 0 };
  #ready = false;
  #written: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(config: Config) {
    this.#config = config;
    this.#reservations = new PortReservations(config.cache);
  }

  /** Starts everything, and waits until it answers. */
  async start(onProgress: (text: string) => void): Promise<Stack> {
    await mkdir(join(this.#config.home, 'logs'), { recursive: true });
    this.#ports = {
      temporal: await this.#reservations.take(TEMPORAL_PORT),
      webUi: await this.#reservations.take(WEB_UI_PORT),
      serving: await this.#servingPort(),
    };
    onProgress('starting the Temporal server');
    this.#launch(await this.#temporal());
    const { address, serving } = this.describe();
    await serverIsUp(address);
    onProgress('starting workers and the prediction server');
    this.#launch(this.#own('worker-main', 'worker', '--queue', TaskQueue.main));
    this.#launch(this.#own('worker-cpu', 'worker', '--queue', TaskQueue.cpu));
    this.#launch(this.#own('server', 'serve', '--port', String(this.#ports.serving)));
    await Promise.all([
      workersPoll(address, [TaskQueue.main, TaskQueue.cpu]),
      servesModels(serving),
    ]);
    this.#ready = true;
    await this.#publish();
    return this.describe();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const [temporal, ...others] = this.#processes;
    // Workers first: they hand over through the server.
    await Promise.all(others.map((process) => process.stop()));
    await temporal?.stop();
    await this.#written;
    await this.#reservations.release();
  }

  describe(): Stack {
    const { temporal, webUi, serving } = this.#ports;
    return {
      schemaVersion: 1,
      pid: process.pid,
      startedAt: this.#startedAt,
      address: `127.0.0.1:${temporal}`,
      namespace: 'default',
      webUi: `http://127.0.0.1:${webUi}`,
      serving: `http://${this.#config.serve.host}:${serving}`,
      ready: this.#ready,
      processes: this.#processes.map(({ spec, pid, restarts }) => ({
        name: spec.name,
        pid,
        restarts,
        log: spec.log,
      })),
    };
  }

  #launch(spec: ProcessSpec): void {
    const process = new SupervisedProcess(spec, () => this.#publishInTime());
    this.#processes.push(process);
    process.start();
  }

  /** Processes go on while what is said of them can't be written, as on a full disk. */
  #publishInTime(): void {
    this.#publish().catch(() => setTimeout(() => this.#publishInTime(), REPUBLISH_MS).unref());
  }

  /** One write after another, so that the last state is the one that stays. */
  async #publish(): Promise<void> {
    if (this.#stopped) return;
    const write = () => writeStack(this.#config.home, this.describe());
    const written = this.#written.then(write);
    this.#written = written.catch(() => undefined);
    await written;
  }

  async #servingPort(): Promise<number> {
    const { port } = this.#config.serve;
    const isAskedFor = process.env['SEVENFOLD_SERVE_PORT'] !== undefined;
    return isAskedFor
      ? this.#reservations.require('SEVENFOLD_SERVE_PORT', port)
      : this.#reservations.take(port);
  }

  async #temporal(): Promise<ProcessSpec> {
    const { home } = this.#config;
    const { temporal, webUi } = this.#ports;
    return {
      name: 'temporal',
      command: await ensureTemporal(this.#config, () => undefined),
      args: [
        ...devServer(temporal),
        ...['--ui-port', String(webUi), '--db-filename', join(home, 'temporal.db')],
      ],
      environment: process.env,
      log: join(home, 'logs', 'temporal.log'),
      watchesSupervisor: false,
    };
  }

  #own(name: string, ...args: string[]): ProcessSpec {
    return {
      name,
      command: process.execPath,
      args: [launcher, ...args],
      environment: {
        ...process.env,
        TEMPORAL_ADDRESS: this.describe().address,
        // There is one release here, and nobody to make it the current one.
        SEVENFOLD_BUILD_ID: undefined,
      },
      log: join(this.#config.home, 'logs', `${name}.log`),
      watchesSupervisor: true,
    };
  }
}
