import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { ADDON_FILE, NODE_API_VERSION } from './build-addon.ts';
import { TENSORFLOW_VERSION } from './tensorflow-release.ts';

/** Where the clone keeps TensorFlow.js for Node. */
export function addonPackageFolder(): string {
  const require = createRequire(import.meta.url);
  return dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
}

/** Links the library and copies the add-on, which finds it by its own place, into the clone. */
export async function linkAddon(
  packageFolder: string,
  tensorFlowFolder: string,
  addonFolder: string,
): Promise<void> {
  await replaceByLink(join(packageFolder, 'deps'), tensorFlowFolder);
  const target = addonFile(packageFolder);
  await mkdir(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}`;
  await copyFile(join(addonFolder, ADDON_FILE), partial);
  await rename(partial, target);
}

/** Takes the add-on out of the clone again. */
export async function unlinkAddon(packageFolder: string): Promise<void> {
  await rm(addonFile(packageFolder), { force: true });
}

async function replaceByLink(link: string, target: string): Promise<void> {
  const partial = `${link}.${process.pid}`;
  await rm(partial, { force: true });
  await symlink(target, partial);
  if (existsSync(link) && !lstatSync(link).isSymbolicLink()) await rm(link, { recursive: true });
  await rename(partial, link);
}

/** Whether the clone has an add-on and a library of the right version; looks, and loads nothing. */
export function isAddonLinked(packageFolder = addonPackageFolder()): boolean {
  const folder = linkedTensorFlow(packageFolder);
  return (
    existsSync(addonFile(packageFolder)) &&
    existsSync(join(packageFolder, 'deps/lib/libtensorflow.so')) &&
    (folder === undefined || folder.startsWith(`tensorflow-${TENSORFLOW_VERSION}-`))
  );
}

/** Name of the cache folder that the clone links to; undefined when the library was put there by hand. */
export function linkedTensorFlow(packageFolder = addonPackageFolder()): string | undefined {
  try {
    return basename(readlinkSync(join(packageFolder, 'deps')));
  } catch {
    return undefined;
  }
}

const addonFile = (packageFolder: string): string =>
  join(packageFolder, 'lib', `napi-v${NODE_API_VERSION}`, ADDON_FILE);
