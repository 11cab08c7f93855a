import { existsSync } from 'node:fs';
import { cp, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findProgram } from './find-program.ts';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';

/** Node-API is stable: an add-on built for version 8 loads in every Node that we support. */
export const NODE_API_VERSION = 8;
export const ADDON_FILE = 'tfjs_binding.node';

const SOURCES = ['binding', 'binding.gyp', 'package.json'];

/** Builds TensorFlow.js's native add-on against the library in `tensorFlowFolder`, into `folder`. */
export async function buildAddon(
  packageFolder: string,
  tensorFlowFolder: string,
  folder: string,
  progress: Progress,
): Promise<void> {
  progress('building the native add-on (about 20 seconds, once)');
  const work = join(folder, 'work');
  for (const name of SOURCES) {
    await cp(join(packageFolder, name), join(work, name), { recursive: true });
  }
  await symlink(tensorFlowFolder, join(work, 'deps'));
  const built = join(work, 'lib');
  const [command, ...args] = nodeGyp();
  const target = [`--module_path=${built}`, `--napi_build_version=${NODE_API_VERSION}`];
  const build = ['rebuild', '--module_name=tfjs_binding', ...target, ...headers()];
  await runCommand(command, [...args, ...build], { cwd: work, progress });
  await rename(join(built, ADDON_FILE), join(folder, ADDON_FILE));
  await rm(work, { recursive: true });
}

/** The node-gyp that comes with npm; else one that npx fetches. */
function nodeGyp(): [string, ...string[]] {
  const npm = process.env['npm_execpath'];
  const installation = dirname(dirname(process.execPath));
  const script = 'node_modules/node-gyp/bin/node-gyp.js';
  const found = [
    ...(npm === undefined ? [] : [join(dirname(dirname(npm)), script)]),
    join(installation, 'lib/node_modules/npm', script),
    join(installation, 'share/nodejs/npm', script),
  ].find((file) => existsSync(file));
  if (found !== undefined) return [process.execPath, found];
  return [
    findProgram('node-gyp') ?? 'npx',
    ...(findProgram('node-gyp') ? [] : ['--yes', 'node-gyp']),
  ];
}

/** Headers that came with Node spare a download. */
function headers(): string[] {
  const installation = dirname(dirname(process.execPath));
  const header = join(installation, 'include/node/node_version.h');
  return existsSync(header) ? [`--nodedir=${installation}`] : [];
}
