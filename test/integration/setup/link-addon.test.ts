import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { ADDON_FILE, buildAddon } from '../../../src/setup/build-addon.ts';
import {
  addonPackageFolder,
  isAddonLinked,
  linkAddon,
  unlinkAddon,
} from '../../../src/setup/link-addon.ts';
import { runCommand } from '../../../src/setup/run-command.ts';

const installed = addonPackageFolder();
let clone: string;
beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'sevenfold-clone-'));
  await cp(join(installed, 'package.json'), join(clone, 'package.json'));
});
afterAll(() => rm(clone, { recursive: true }));

/** TensorFlow's version, by the add-on itself. */
const loadedVersion = async (addon: string): Promise<string> => {
  const script = `console.log(require(${JSON.stringify(addon)}).TF_Version)`;
  return (await runCommand(process.execPath, ['-e', script])).trim();
};

test.runIf(readConfig().backend === 'native')(
  'a fresh clone is linked to the cached parts, and the add-on finds its library there',
  async () => {
    expect(isAddonLinked(clone)).toBe(false);
    const addonFolder = dirname(join(installed, 'lib/napi-v8', ADDON_FILE));
    await linkAddon(clone, join(installed, 'deps'), addonFolder);
    await linkAddon(clone, join(installed, 'deps'), addonFolder);
    expect(await loadedVersion(join(clone, 'lib/napi-v8', ADDON_FILE))).toMatch(/^2\./);
    await unlinkAddon(clone);
    expect(isAddonLinked(clone)).toBe(false);
  },
);

test.runIf(readConfig().backend === 'native')(
  'the add-on builds from its sources and loads',
  async () => {
    const built = await mkdtemp(join(clone, 'built-'));
    await buildAddon(installed, join(installed, 'deps'), built, () => undefined);
    await linkAddon(clone, join(installed, 'deps'), built);
    expect(await loadedVersion(join(clone, 'lib/napi-v8', ADDON_FILE))).toMatch(/^2\./);
  },
);
