import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';
import type { Wheel } from './wheel.ts';

/** Has pip download a wheel into `folder`; pip refuses another checksum. */
export async function downloadWheel(
  { project, version, platform, sha256, megabytes }: Wheel,
  folder: string,
  progress: Progress,
): Promise<void> {
  progress(`downloading ${project} ${version} (${megabytes} MB, once)`);
  await mkdir(folder, { recursive: true });
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${project}==${version} --hash=sha256:${sha256}\n`);
  const selection = ['--no-deps', '--only-binary=:all:', '--platform', platform];
  // The library does not depend on Python: CPython 3.11's serves whatever Python is at hand.
  const python = ['--implementation', 'cp', '--python-version', '311', '--abi', 'cp311'];
  // `py3-none` wheels have no ABI.
  const abi = ['--abi', 'none'];
  const files = ['--require-hashes', '--requirement', requirements, '--dest', folder];
  const args = ['-m', 'pip', 'download', '--quiet', ...selection, ...python, ...abi, ...files];
  await runCommand('python3', args, { progress });
}
