import { statSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { InputError } from '../errors.ts';
import {
  isLightGbmThere,
  LIGHTGBM_VERSION,
  lightGbmFailure,
  lightGbmFolder,
} from '../ml/lightgbm/release.ts';
import { downloadWheel } from './download-wheel.ts';
import { withLock } from './lock.ts';
import { probeLightGbm } from './probe-lightgbm.ts';
import type { Progress } from './progress.ts';
import { publishFolder } from './publish-folder.ts';
import { runCommand } from './run-command.ts';
import type { Wheel } from './wheel.ts';

/** The wheels that carry the C library; they are the same for every Python. */
const WHEELS: Readonly<Record<string, Wheel>> = {
  'linux-x64': {
    project: 'lightgbm',
    version: LIGHTGBM_VERSION,
    platform: 'manylinux_2_28_x86_64',
    sha256: 'd23e922acd891e77212e4d0fbcee9ba973c96dee479491341d05ba595357ebb7',
    megabytes: 3.5,
  },
  'linux-arm64': {
    project: 'lightgbm',
    version: LIGHTGBM_VERSION,
    platform: 'manylinux2014_aarch64',
    sha256: 'd4529acec5c6fefe4768302a529707d0ead90f6a6f42df694b856212e09695b8',
    megabytes: 3.4,
  },
};

const DAY_MS = 24 * 60 * 60 * 1000;

export const LEFT_OUT =
  'Without LightGBM, gradient boosting and random forests are left out; all else works.';

const EXTRACT = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], ['lightgbm/lib/lib_lightgbm.so'])
`;

/** The wheel for a machine; undefined where there is none. */
const wheelOf = (platform: string, arch: string): Wheel | undefined =>
  WHEELS[`${platform}-${arch}`];

/** The wheel for this machine; an InputError where LightGBM is not provided for it. */
export function lightGbmWheel(
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): Wheel {
  const wheel = wheelOf(platform, arch);
  if (wheel !== undefined) return wheel;
  throw new InputError({
    code: 'PlatformUnsupported',
    field: 'platform',
    value: `${platform}-${arch}`,
    expected: `one of ${Object.keys(WHEELS).join(', ')}`,
    remedy: LEFT_OUT,
  });
}

/** Puts LightGBM's library into the cache, once; ends by growing a tree with it in a child process. */
export async function ensureLightGbm(config: Config, progress: Progress): Promise<void> {
  if (isLightGbmThere(config.cache)) return;
  const wheel = lightGbmWheel();
  await withLock(join(config.cache, 'lightgbm.lock'), progress, async () => {
    const target = lightGbmFolder(config.cache);
    await publishFolder(target, (folder) => fetchLibrary(wheel, folder, progress));
    try {
      await probeLightGbm(config);
    } catch (error) {
      // What does not load is thrown away, so that nothing takes it for ready.
      await rm(target, { recursive: true, force: true });
      throw error;
    }
  });
}

/**
 * As `ensureLightGbm`; what can't be had is told, and left out, because all else works without. Why
 * is noted in the cache, for whoever asks later.
 */
export async function provideLightGbm(config: Config, progress: Progress): Promise<void> {
  const note = lightGbmFailure(config.cache);
  try {
    await ensureLightGbm(config, progress);
    await rm(note, { force: true });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    await mkdir(config.cache, { recursive: true });
    await writeFile(note, `${inOneLine(error)}\n`);
    progress(`${error.message} ${LEFT_OUT}`);
  }
}

/** Whether it could not be had within the last day: only `setup` itself tries again so soon. */
export function hasLightGbmFailed({ cache }: Config, nowMs = Date.now()): boolean {
  const note = statSync(lightGbmFailure(cache), { throwIfNoEntry: false });
  return note !== undefined && nowMs - note.mtimeMs < DAY_MS;
}

/** A command's last line says most of what went wrong. */
const inOneLine = ({ problem: { code, value, remedy } }: InputError): string =>
  code === 'PlatformUnsupported'
    ? `there is none for ${String(value)}`
    : `set-up could not provide it: ${remedy.trimEnd().split('\n').at(-1)}`;

async function fetchLibrary(wheel: Wheel, folder: string, progress: Progress): Promise<void> {
  const downloads = join(folder, 'downloads');
  await mkdir(downloads, { recursive: true });
  await downloadWheel(wheel, downloads, progress);
  const [file] = (await readdir(downloads)).filter((name) => name.endsWith('.whl'));
  await runCommand('python3', ['-c', EXTRACT, join(downloads, file ?? ''), downloads]);
  const unpacked = join(downloads, 'lightgbm', 'lib', 'lib_lightgbm.so');
  await rename(unpacked, join(folder, 'lib_lightgbm.so'));
  await rm(downloads, { recursive: true });
}
