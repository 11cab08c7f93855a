import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';

export interface Listener {
  readonly pid: number;
  readonly command: string;
}

const LISTENING = '0A';

/** Whether this machine's loopback address can be listened on at this port. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The process that listens on a TCP port, by Linux's /proc; undefined where that doesn't tell. */
export async function findListener(port: number): Promise<Listener | undefined> {
  const sockets = await listeningSockets(port);
  if (sockets.size === 0) return undefined;
  for (const pid of await processIds()) {
    if (await holdsAny(pid, sockets)) {
      const command = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')).trim();
      return { pid, command };
    }
  }
  return undefined;
}

/** Names of the sockets, as the links in /proc/<pid>/fd spell them. */
async function listeningSockets(port: number): Promise<Set<string>> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const rows = tables.flatMap((table) => table.trim().split('\n').slice(1));
  return new Set(
    rows
      .map((row) => row.trim().split(/\s+/))
      .filter((row) => row[1]?.endsWith(`:${hexPort}`) === true && row[3] === LISTENING)
      .map((row) => `socket:[${row[9]}]`),
  );
}

async function processIds(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.map(Number).filter((pid) => Number.isInteger(pid) && pid > 0);
}

async function holdsAny(pid: number, sockets: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`${folder}/${descriptor}`).catch(() => '');
    if (sockets.has(target)) return true;
  }
  return false;
}
