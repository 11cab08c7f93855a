import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { publishFolder } from '../../../src/setup/publish-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sevenfold-publish-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a fill that fails leaves nothing that looks finished, and the next one starts clean', async () => {
  const target = join(folder, 'library');
  const failing = publishFolder(target, async (partial) => {
    await writeFile(join(partial, 'half'), '');
    throw new Error('interrupted');
  });
  await expect(failing).rejects.toThrow('interrupted');
  expect(existsSync(target)).toBe(false);

  await publishFolder(target, (partial) => writeFile(join(partial, 'whole'), ''));
  expect(await readdir(target)).toEqual(['whole']);
});

test('a folder that is there is not filled again', async () => {
  const target = join(folder, 'library');
  await publishFolder(target, (partial) => writeFile(join(partial, 'first'), ''));
  await publishFolder(target, (partial) => writeFile(join(partial, 'second'), ''));
  expect(await readdir(target)).toEqual(['first']);
});
