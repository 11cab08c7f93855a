import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Config, readConfig } from '../../src/config.ts';
import { InputError } from '../../src/errors.ts';
import { LIGHTGBM_VERSION } from '../../src/ml/lightgbm/release.ts';
import { withLock } from '../../src/setup/lock.ts';
import { type Progress, printProgress } from '../../src/setup/progress.ts';
import { publishFolder } from '../../src/setup/publish-folder.ts';
import { runCommand } from '../../src/setup/run-command.ts';
import { TENSORFLOW_VERSION } from '../../src/setup/tensorflow-release.ts';

const run = promisify(execFile);

/** A Python with packages. */
export interface Python {
  readonly command: string;
  /** A folder of packages that it finds beside its own; undefined where its own suffice. */
  readonly packages?: string;
}

/** What could be had, or why not. */
export type Provided = Python | { readonly reason: string };

const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64';
const TENSORFLOW = [
  `${isLinuxX64 ? 'tensorflow-cpu' : 'tensorflow'}==${TENSORFLOW_VERSION}`,
  'keras==3.15.1',
  'onnx==1.23.2',
  'onnxruntime==1.32.0',
];

/** TensorFlow, Keras and ONNX from PyPI, once for all clones. */
export const provideTensorFlow = (): Promise<Provided> =>
  orReason(() => provide('tensorflow', TENSORFLOW, '600 MB'));

/** scikit-learn and its way to ONNX from PyPI. */
export const provideSklearn = (): Promise<Provided> =>
  orReason(() =>
    provide('skl2onnx', ['skl2onnx==1.20.0', 'scikit-learn==1.9.1', 'onnx==1.23.2'], '150 MB'),
  );

/** LightGBM from PyPI, of the release that trains. */
export const provideLightGbm = (): Promise<Provided> =>
  orReason(() => provide('lightgbm', [`lightgbm==${LIGHTGBM_VERSION}`, 'numpy', 'scipy'], '80 MB'));

/**
 * PyTorch: one that is there, else Debian's, which is built for the CPU and small, else PyPI's,
 * which on Linux is the build for CUDA, of some gigabytes.
 */
export const provideTorch = (): Promise<Provided> =>
  orReason(async () => {
    const known = [process.env['SEVENFOLD_TORCH_PYTHON'], 'python3', '/usr/bin/python3'];
    for (const command of known) {
      if (command !== undefined && (await hasTorch(command))) return { command };
    }
    if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
      printProgress('installing the Debian package python3-torch (once)');
      await installPackage('python3-torch');
      if (await hasTorch('/usr/bin/python3')) return { command: '/usr/bin/python3' };
    }
    return provide('torch', ['torch', 'numpy'], 'up to 6 GB');
  });

/** By apt, whose lists of packages may be missing; waits for others that install. */
async function installPackage(name: string): Promise<void> {
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, progress: printProgress };
  const wait = ['-o', 'DPkg::Lock::Timeout=600'];
  const install = () =>
    runCommand(
      'apt-get',
      [...wait, 'install', '-qq', '-y', '--no-install-recommends', name],
      options,
    );
  try {
    await install();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    await runCommand('apt-get', ['update', '-qq'], options);
    await install();
  }
}

/** Runs a script of this folder; gives what it prints. */
export async function runScript(
  { command, packages }: Python,
  script: string,
  root: string,
): Promise<string> {
  const env = { ...process.env, ...(packages !== undefined && { PYTHONPATH: packages }) };
  const options = { env, maxBuffer: 64 * 2 ** 20 };
  const { stdout } = await run(command, [join(import.meta.dirname, script), root], options);
  return stdout;
}

/** Runs checks of this folder; gives what they say of each export, and why one ended badly. */
export async function runChecks(
  python: Python,
  script: string,
  root: string,
): Promise<CheckResult[]> {
  const printed = await runScript(python, script, root);
  return printed
    .split('\n')
    .filter((line) => line.startsWith('RESULT '))
    .map((line) => JSON.parse(line.slice('RESULT '.length)) as CheckResult);
}

export interface CheckResult {
  readonly format: string;
  readonly model: string;
  readonly check: string;
  readonly values?: Readonly<Record<string, number>>;
  readonly error?: string;
}

async function hasTorch(command: string): Promise<boolean> {
  return run(command, ['-c', 'import numpy, torch; torch.load']).then(
    () => true,
    () => false,
  );
}

/** Packages in a folder of the cache, by pip. */
async function provide(
  name: string,
  requirements: readonly string[],
  size: string,
  { cache }: Config = readConfig(),
  progress: Progress = printProgress,
): Promise<Python> {
  const version = await runCommand('python3', [
    '-c',
    'import sys, sysconfig; print(sys.version_info[0], sys.version_info[1], sysconfig.get_platform(), sep="-")',
  ]);
  const release = requirements[0]?.split('==')[1] ?? 'newest';
  const folder = join(cache, `python-${name}-${release}-${version.trim()}`);
  await withLock(join(cache, `python-${name}.lock`), progress, () =>
    publishFolder(folder, async (partial) => {
      progress(`installing ${requirements.join(', ')} for tests (${size}, once)`);
      const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
      await runCommand('python3', [...args, '--target', partial, ...requirements], { progress });
    }),
  );
  return { command: 'python3', packages: folder };
}

/** What can't be installed is a reason to skip; any other fault is a fault. */
async function orReason(work: () => Promise<Python>): Promise<Provided> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InputError) return { reason: error.message };
    throw error;
  }
}
