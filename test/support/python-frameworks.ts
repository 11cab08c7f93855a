import { execFile } from 'node:child_process';
import { access, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readConfig } from '../../src/config.ts';

const run = promisify(execFile);
const TENSORFLOW = '2.21.0';
const SYSTEM_PYTHON = '/usr/bin/python3';

/** A Python that has PyTorch: Debian's, whose wheel for CPUs alone is on no registry of PyPI's kind. */
export async function pythonWithTorch(): Promise<string> {
  const python = process.env['SEVENFOLD_PYTORCH_PYTHON'] ?? SYSTEM_PYTHON;
  await run(python, ['-c', 'import torch']).catch((error: unknown) => {
    const remedy = "Install it ('apt install python3-torch'), or set SEVENFOLD_PYTORCH_PYTHON.";
    throw new Error(`${python} has no PyTorch. ${remedy}`, { cause: error });
  });
  return python;
}

/** A virtual environment with Keras on TensorFlow, made once and kept in the cache. */
export async function pythonWithKeras(): Promise<string> {
  const { stdout } = await run('python3', [
    '-c',
    'import sys; print("%d.%d" % sys.version_info[:2])',
  ]);
  const folder = join(readConfig().cache, `keras-tensorflow-${TENSORFLOW}-python-${stdout.trim()}`);
  const python = join(folder, 'bin', 'python');
  const isReady = await access(join(folder, 'ready')).then(
    () => true,
    () => false,
  );
  if (isReady) return python;
  // Scripts of an environment hold its path, so that it can't be made elsewhere and moved.
  await rm(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]);
  const packages = [`tensorflow-cpu==${TENSORFLOW}`, 'keras>=3,<4'];
  await run(python, ['-m', 'pip', 'install', '--quiet', ...packages], { maxBuffer: 64 * 2 ** 20 });
  await run('touch', [join(folder, 'making')]);
  await rename(join(folder, 'making'), join(folder, 'ready'));
  return python;
}
