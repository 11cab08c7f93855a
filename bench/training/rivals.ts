import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../src/config.ts';
import { withLock } from '../../src/setup/lock.ts';
import type { Progress } from '../../src/setup/progress.ts';
import { runCommand } from '../../src/setup/run-command.ts';
import { TENSORFLOW_VERSION } from '../../src/setup/tensorflow-release.ts';

const REQUIREMENTS = [`tensorflow-cpu==${TENSORFLOW_VERSION}`, 'keras==3.15.1', 'torch==2.15.0'];

/** Python with Keras and PyTorch, provided once for all clones (7 GB on disk); its program. */
export async function ensureRivals({ cache }: Config, progress: Progress): Promise<string> {
  const folder = join(cache, `training-rivals-${REQUIREMENTS.join('-').replaceAll('==', '-')}`);
  const python = join(folder, 'bin', 'python');
  const finished = join(folder, 'finished');
  await withLock(join(cache, 'training-rivals.lock'), progress, async () => {
    if (await exists(finished)) return;
    progress(`installing ${REQUIREMENTS.join(', ')} (3 GB from PyPI, once)`);
    await runCommand('python3', ['-m', 'venv', folder]);
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    await runCommand(python, [...args, ...REQUIREMENTS], { progress });
    await writeFile(finished, '');
  });
  return python;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
