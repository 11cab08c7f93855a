import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { buildAddon, NODE_API_VERSION } from './build-addon.ts';
import { fetchTensorFlow } from './fetch-tensorflow.ts';
import {
  addonPackageFolder,
  isAddonLinked,
  linkAddon,
  linkedTensorFlow,
  unlinkAddon,
} from './link-addon.ts';
import { withLock } from './lock.ts';
import { probeTensorFlow } from './probe-tensorflow.ts';
import type { Progress } from './progress.ts';
import { publishFolder } from './publish-folder.ts';
import {
  TENSORFLOW_VERSION,
  type TensorFlowVariant,
  tensorFlowFolderName,
  wheelFor,
} from './tensorflow-release.ts';
import { requireToolchain } from './toolchain.ts';

/**
 * Gives the clone native TensorFlow: library and add-on come from the cache, which is filled once.
 * Ends by running an operation on it in a child process.
 */
export async function ensureTensorFlow(
  config: Config,
  progress: Progress,
  variant: TensorFlowVariant = 'cpu',
): Promise<void> {
  if (isAddonLinked() && linkedTensorFlow() === tensorFlowFolderName(variant)) return;
  const wheel = wheelFor(variant);
  if (variant === 'gpu') progress(GPU_NOTICE);
  await withLock(join(config.cache, 'tensorflow.lock'), progress, async () => {
    const library = join(config.cache, tensorFlowFolderName(variant));
    const addon = join(config.cache, addonFolderName(variant));
    if (![library, addon].every((folder) => existsSync(folder))) await requireToolchain();
    await publishFolder(library, (folder) => fetchTensorFlow(wheel, folder, progress));
    const packageFolder = addonPackageFolder();
    await publishFolder(addon, (folder) => buildAddon(packageFolder, library, folder, progress));
    await linkAddon(packageFolder, library, addon);
    progress(`native TensorFlow ${await workingVersion(packageFolder, addon)} works (${variant})`);
  });
}

/** An add-on that does not compute is thrown away, so that nothing takes it for ready. */
async function workingVersion(packageFolder: string, addon: string): Promise<string> {
  try {
    return (await probeTensorFlow()).version;
  } catch (error) {
    await unlinkAddon(packageFolder);
    await rm(addon, { recursive: true, force: true });
    throw error;
  }
}

const addonFolderName = (variant: TensorFlowVariant): string =>
  `addon-napi-v${NODE_API_VERSION}-${tensorFlowFolderName(variant)}`;

const GPU_NOTICE =
  `taking the CUDA build of TensorFlow ${TENSORFLOW_VERSION}, as asked. It needs CUDA 12 and cuDNN 9 on the ` +
  'library path, and computes on the CPU without them';
