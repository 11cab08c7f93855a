import { readdir, readFile, readlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';

type Role = 'compute' | 'worker' | 'server' | 'temporal';

/** A process of a home's stack that nobody looks after. */
export interface OrphanProcess {
  readonly pid: number;
  readonly role: Role;
  /** Its command line. */
  readonly command: string;
}

interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly args: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly folder: string;
}

const LAUNCHER = /\bsevenfold(\.js)?$/;
const COMPUTE = /[/\\]workers[/\\]compute[/\\]main\.[jt]s$/;

/**
 * Processes of this home's stack, on this machine and of this user, whose supervisor is gone: a
 * compute process without its worker; a worker, server or Temporal that a stack started, without
 * that stack. Empty where the system has no /proc.
 */
export async function findOrphanProcesses(home: string): Promise<OrphanProcess[]> {
  const all = await listProcesses();
  const byPid = new Map(all.map((each) => [each.pid, each]));
  return all.flatMap((each) => {
    const role = roleOf(each, resolve(home));
    if (role === null || isOwner(role, byPid.get(each.parent))) return [];
    return [{ pid: each.pid, role, command: each.args.join(' ') }];
  });
}

/** What a process is in the stack of this home; null where it is none of it. */
function roleOf({ args, environment, folder }: RunningProcess, home: string): Role | null {
  if (args.includes('start-dev'))
    return args.includes(join(home, 'temporal.db')) ? 'temporal' : null;
  const own = environment.get('SEVENFOLD_HOME') ?? join(homedir(), '.sevenfold');
  if (resolve(folder, own) !== home) return null;
  if (args.some((arg) => COMPUTE.test(arg))) return 'compute';
  // One that a person has started has no channel to a supervisor, and needs none.
  if (!environment.has('NODE_CHANNEL_FD')) return null;
  const command = commandOf(args);
  if (command === 'worker') return 'worker';
  return command === 'serve' ? 'server' : null;
}

/**
 * Whoever loses its parent gets another one: the first process of the machine or container, or one
 * further up. That is its owner only where it is what starts such processes.
 */
function isOwner(role: Role, parent: RunningProcess | undefined): boolean {
  if (parent === undefined) return false;
  const command = commandOf(parent.args);
  if (command !== null) return command === (role === 'compute' ? 'worker' : 'dev');
  return parent.pid !== 1 && basename(parent.args[0] ?? '').startsWith('node');
}

/** The subcommand of `sevenfold` that a process runs. */
function commandOf(args: readonly string[]): string | null {
  const launcher = args.findIndex((arg) => LAUNCHER.test(arg));
  return launcher < 0 ? null : (args[launcher + 1] ?? null);
}

async function listProcesses(): Promise<RunningProcess[]> {
  const names = await readdir('/proc').catch((): string[] => []);
  const read = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readProcess));
  return read.filter((each) => each !== null);
}

/** Null where it is gone, another user's, or has ended and waits to be reaped. */
async function readProcess(name: string): Promise<RunningProcess | null> {
  const path = join('/proc', name);
  try {
    const [args, variables, stat, folder] = await Promise.all([
      readFile(join(path, 'cmdline'), 'utf8'),
      readFile(join(path, 'environ'), 'utf8'),
      readFile(join(path, 'stat'), 'utf8'),
      readlink(join(path, 'cwd')),
    ]);
    const parent = Number(/^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1]);
    return {
      pid: Number(name),
      parent,
      args: args.split('\0').slice(0, -1),
      environment: new Map(variables.split('\0').map(splitVariable)),
      folder,
    };
  } catch {
    return null;
  }
}

const splitVariable = (text: string): [string, string] => {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
};
