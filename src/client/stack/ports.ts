import { createServer } from 'node:net';
import { InputError } from '../../errors.ts';

/** Whether nothing listens on a port of this machine's loopback address. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The port wanted, or another one where it is taken. */
export async function freePort(wanted: number): Promise<number> {
  if (wanted !== 0 && (await isFree(wanted))) return wanted;
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

/** A port that somebody asked for by name: another one in its place would be a surprise. */
export async function requirePort(field: string, port: number): Promise<number> {
  if (port === 0 || (await isFree(port))) return freePort(port);
  throw new InputError({
    code: 'PortInUse',
    field,
    value: port,
    expected: 'a free port',
    remedy: `End what listens on port ${port}, or choose another port.`,
  });
}
