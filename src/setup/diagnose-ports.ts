import type { Config } from '../config.ts';
import { readStack } from '../connection.ts';
import type { Finding } from './finding.ts';
import { findListener, isPortFree } from './port-listener.ts';

/** The ports that the local stack prefers, and who holds those that are taken. */
export async function diagnosePorts(config: Config): Promise<Finding[]> {
  const stack = await readStack(config.home);
  const own = new Set((stack?.processes ?? []).map(({ pid }) => pid));
  const uses = [
    { port: 7233, use: 'Temporal' },
    { port: 8233, use: 'Web UI' },
    { port: config.serve.port, use: 'predictions' },
  ];
  return Promise.all(uses.map(({ port, use }) => diagnosePort(port, use, own)));
}

async function diagnosePort(
  port: number,
  use: string,
  own: ReadonlySet<number | null>,
): Promise<Finding> {
  const name = `Port ${port} (${use})`;
  if (port === 0 || (await isPortFree(port)))
    return { name, status: 'ok', found: 'free', remedy: null };
  const listener = await findListener(port);
  if (listener === undefined) return taken(name, 'taken by a process of another user');
  const { command, pid } = listener;
  if (own.has(pid))
    return { name, status: 'ok', found: `taken by the local stack (process ${pid})`, remedy: null };
  return taken(name, `taken by ${command} (process ${pid})`);
}

const taken = (name: string, found: string): Finding => ({
  name,
  status: 'warning',
  found,
  remedy: 'The local stack takes another free port; end that process to have this one.',
});
