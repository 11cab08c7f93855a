import { mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadWheel } from './download-wheel.ts';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';
import type { Wheel } from './wheel.ts';

const EXTRACT = `
import sys, zipfile
wanted = ('tensorflow/include/', 'tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2')
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(wanted)])
`;

/** Fills `folder` with `lib/` and `include/` out of TensorFlow's wheel; pip refuses another checksum. */
export async function fetchTensorFlow(
  wheel: Wheel,
  folder: string,
  progress: Progress,
): Promise<void> {
  const downloads = join(folder, 'downloads');
  await downloadWheel(wheel, downloads, progress);
  progress('unpacking the library and its headers');
  await unpackWheel(downloads, progress);
  await arrange(join(downloads, 'tensorflow'), folder);
  await rm(downloads, { recursive: true });
}

async function unpackWheel(downloads: string, progress: Progress): Promise<void> {
  const [file] = (await readdir(downloads)).filter((name) => name.endsWith('.whl'));
  await runCommand('python3', ['-c', EXTRACT, join(downloads, file ?? ''), downloads], {
    progress,
  });
}

/** The shape that the add-on links against: its package's `deps` folder. */
async function arrange(unpacked: string, folder: string): Promise<void> {
  const lib = join(folder, 'lib');
  await mkdir(lib, { recursive: true });
  await rename(join(unpacked, 'include'), join(folder, 'include'));
  for (const [name, link] of [
    ['libtensorflow_cc.so.2', 'libtensorflow.so'],
    ['libtensorflow_framework.so.2', 'libtensorflow_framework.so'],
  ] as const) {
    await rename(join(unpacked, name), join(lib, name));
    await symlink(name, join(lib, link));
  }
}
