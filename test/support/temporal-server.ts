import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { devServer } from '../../src/client/stack/local-stack.ts';
import { PortReservations } from '../../src/client/stack/ports.ts';
import { serverIsUp } from '../../src/client/stack/readiness.ts';
import { SupervisedProcess } from '../../src/client/stack/supervised-process.ts';
import { readConfig } from '../../src/config.ts';
import { ensureTemporal } from '../../src/setup/temporal.ts';

/** A Temporal server of its own, in memory and without any worker: there in a fraction of a stack's time. */
export class TemporalServer {
  readonly address: string;
  readonly client: Client;
  readonly #stop: () => Promise<void>;

  private constructor(address: string, client: Client, stop: () => Promise<void>) {
    this.address = address;
    this.client = client;
    this.#stop = stop;
  }

  static async start(): Promise<TemporalServer> {
    const config = readConfig();
    const reservations = new PortReservations(config.cache);
    const port = await reservations.take(0);
    const folder = await mkdtemp(join(tmpdir(), 'sevenfold-temporal-'));
    const server = new SupervisedProcess(
      {
        name: 'temporal',
        command: await ensureTemporal(config, () => undefined),
        args: [...devServer(port), '--headless'],
        environment: process.env,
        log: join(folder, 'temporal.log'),
        watchesSupervisor: false,
      },
      () => undefined,
    );
    server.start();
    const address = `127.0.0.1:${port}`;
    await serverIsUp(address);
    const client = new Client({ connection: await Connection.connect({ address }) });
    return new TemporalServer(address, client, async () => {
      await client.connection.close();
      await server.stop();
      await reservations.release();
      await rm(folder, { recursive: true });
    });
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}
