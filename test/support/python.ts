import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import { withLock } from '../../src/setup/lock.ts';
import { printProgress } from '../../src/setup/progress.ts';
import { publishFolder } from '../../src/setup/publish-folder.ts';
import { runCommand } from '../../src/setup/run-command.ts';

const VERSION =
  'import sys, sysconfig; print(sys.version_info[0], sys.version_info[1], sysconfig.get_platform(), sep="-")';

/** A folder of Python packages, installed once for all clones, as set-up provides Temporal. */
export async function ensurePythonPackages(
  name: string,
  requirements: readonly string[],
): Promise<string> {
  const { cache } = readConfig();
  const python = await runCommand('python3', ['-c', VERSION]);
  const folder = join(cache, `${name}-python-${python.trim()}`);
  await withLock(join(cache, `${name}.lock`), printProgress, () =>
    publishFolder(folder, async (partial) => {
      printProgress(`installing ${requirements[0]} for tests (once)`);
      const list = join(partial, 'requirements.txt');
      await writeFile(list, `${requirements.join('\n')}\n`);
      const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
      await runCommand('python3', [...args, '--target', partial, '--requirement', list], {
        progress: printProgress,
      });
    }),
  );
  return folder;
}
