import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { until } from './until.ts';

const run = promisify(execFile);
export const PASSWORD = 'correct horse 7!';

/** The folder of Postgres's programs, from PATH or where Debian puts them; undefined where there is none. */
export function findPostgres(): string | undefined {
  const packaged = '/usr/lib/postgresql';
  const versions = existsSync(packaged) ? readdirSync(packaged) : [];
  const folders = [
    ...versions.map((version) => join(packaged, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))),
  );
}

/** A server of its own, which asks for a password. */
export class PostgresServer {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(port: number, process: ChildProcess) {
    this.port = port;
    this.#process = process;
  }

  /** @param folder an empty one, for all that the server keeps */
  static async start(programs: string, folder: string): Promise<PostgresServer> {
    const [data, passwordFile] = [join(folder, 'data'), join(folder, 'password')];
    await writeFile(passwordFile, PASSWORD);
    const owner = await ownerOf();
    if (owner !== undefined) {
      for (const path of [folder, passwordFile]) await chown(path, owner.uid, owner.gid);
    }
    const setting = ['-D', data, '-U', 'reader', '-A', 'scram-sha-256', '--pwfile', passwordFile];
    await run(join(programs, 'initdb'), setting, { ...owner, cwd: folder });
    const port = await freePort();
    const process = spawn(
      join(programs, 'postgres'),
      [
        '-D',
        data,
        '-p',
        String(port),
        '-k',
        folder,
        '-h',
        '127.0.0.1',
        '-c',
        'timezone=Asia/Tokyo',
      ],
      { ...owner, cwd: folder, stdio: 'ignore' },
    );
    const server = new PostgresServer(port, process);
    await until(() =>
      server.run('select 1').then(
        () => true,
        () => false,
      ),
    );
    return server;
  }

  url(password = PASSWORD, database = 'postgres'): string {
    return `postgres://reader:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${database}`;
  }

  async run(sql: string): Promise<void> {
    const client = new Client({ connectionString: this.url() });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGINT');
    await ended;
  }
}

/** Postgres does not run as root. */
async function ownerOf(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (option) => Number((await run('id', [option, 'postgres'])).stdout)),
  );
  return { uid: uid as number, gid: gid as number };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
