import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { InputError } from '../../errors.ts';
import { tryLock } from '../../process-lock.ts';

/** Whether nothing listens on a port of this machine's loopback address. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * Ports taken for local stacks, on this machine and by this user. A port that is free now may be
 * another stack's a moment later, and workers of the one must never meet the server of the other.
 */
export class PortReservations {
  readonly #folder: string;
  readonly #held: string[] = [];

  constructor(cache: string) {
    this.#folder = join(cache, 'ports');
  }

  /** The port wanted, or another one where it is taken. */
  async take(wanted: number): Promise<number> {
    for (let port = wanted; ; port = 0) {
      const candidate = port === 0 ? await anyFreePort() : port;
      if (await this.#reserve(candidate)) return candidate;
    }
  }

  /** A port that somebody asked for by name: another one in its place would be a surprise. */
  async require(field: string, port: number): Promise<number> {
    if (port === 0) return this.take(port);
    if (await this.#reserve(port)) return port;
    throw new InputError({
      code: 'PortInUse',
      field,
      value: port,
      expected: 'a free port',
      remedy: `End what listens on port ${port}, or choose another port.`,
    });
  }

  async release(): Promise<void> {
    for (const file of this.#held.splice(0)) await rm(file, { force: true });
  }

  async #reserve(port: number): Promise<boolean> {
    const file = join(this.#folder, String(port));
    if (!(await tryLock(file))) return false;
    if (await isFree(port)) {
      this.#held.push(file);
      return true;
    }
    await rm(file, { force: true });
    return false;
  }
}

function anyFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
