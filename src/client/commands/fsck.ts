import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config } from '../../config.ts';
import { checkStore } from '../../stores/check/check-store.ts';
import { openStores } from '../../stores/index.ts';
import { type Command, ExitCode, type Options, usageError } from '../command.ts';
import { formatTable } from '../output.ts';
import { findOrphanProcesses } from '../stack/find-orphans.ts';

export const fsck: Command = {
  usage: `[--home <folder>]

  --home <folder>   another home than SEVENFOLD_HOME

  Changes nothing. Exit code 0: no fault; 1: there are faults.`,
  options: { home: { type: 'string' } },
  async run({ config, output, options }) {
    const home = await readHome(config, options);
    const stores = openStores({ ...config, home });
    try {
      const faults = [...(await checkStore(home, stores)), ...(await findOrphans(home))];
      const rows = faults.map(({ kind, where, what }) => [kind, where, what]);
      output.line(faults.length === 0 ? 'no faults' : formatTable(rows));
      output.result({ home, faults });
      return faults.length === 0 ? ExitCode.done : ExitCode.failed;
    } finally {
      await stores.close();
    }
  },
};

async function readHome(config: Config, options: Options): Promise<string> {
  const given = options.text('home');
  const home = given === undefined ? config.home : resolve(given);
  const isFolder = await stat(home).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return home;
  throw usageError('--home', home, "a folder that has been Sevenfold's home");
}

const findOrphans = async (home: string) =>
  (await findOrphanProcesses(home)).map(({ pid, role, command }) => ({
    kind: 'orphan-process' as const,
    where: `${role} ${pid}`,
    what: `no live supervisor owns it: ${command}`,
  }));
