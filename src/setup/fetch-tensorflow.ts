import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';
import { TENSORFLOW_VERSION, type Wheel } from './tensorflow-release.ts';

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
  progress(`downloading ${wheel.project} ${TENSORFLOW_VERSION} (${wheel.megabytes} MB, once)`);
  await downloadWheel(wheel, downloads, progress);
  progress('unpacking the library and its headers');
  await unpackWheel(downloads, progress);
  await arrange(join(downloads, 'tensorflow'), folder);
  await rm(downloads, { recursive: true });
}

async function downloadWheel(wheel: Wheel, downloads: string, progress: Progress): Promise<void> {
  await mkdir(downloads, { recursive: true });
  const requirements = join(downloads, 'requirements.txt');
  await writeFile(
    requirements,
    `${wheel.project}==${TENSORFLOW_VERSION} --hash=sha256:${wheel.sha256}\n`,
  );
  const selection = ['--no-deps', '--only-binary=:all:', '--platform', wheel.platform];
  const python = ['--implementation', 'cp', '--python-version', '311', '--abi', 'cp311'];
  const files = ['--require-hashes', '--requirement', requirements, '--dest', downloads];
  const args = ['-m', 'pip', 'download', '--quiet', ...selection, ...python, ...files];
  await runCommand('python3', args, { progress });
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
