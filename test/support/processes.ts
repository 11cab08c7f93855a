import { readFile } from 'node:fs/promises';

/** Processes that `pid` has started, whose command line holds `what`. */
export async function childrenOf(pid: number, what: string): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const found: number[] = [];
  for (const child of text.trim().split(/\s+/).filter(Boolean).map(Number)) {
    const commandLine = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
    if (commandLine.includes(what)) found.push(child);
  }
  return found;
}
