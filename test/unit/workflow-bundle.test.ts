import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { workflowBundle } from '../../src/workers/workflow-bundle.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const cache = await temporaryFolder('bundles');
const ofOtherSources = (digit: string) => join(cache, `workflows-${digit.repeat(64)}.js`);
let codePath: string;

beforeAll(async () => {
  await writeFile(ofOtherSources('a'), 'in use');
  await writeFile(ofOtherSources('b'), 'forgotten');
  await utimes(ofOtherSources('b'), 1, 1);
  ({ codePath } = (await workflowBundle(cache)) as { codePath: string });
});

test('the workflows are bundled once, and found by the next worker', async () => {
  expect(await readFile(codePath, 'utf8')).toContain('lifecycle');
  await writeFile(codePath, 'kept');
  expect(await workflowBundle(cache)).toEqual({ codePath });
  expect(await readFile(codePath, 'utf8')).toBe('kept');
});

test('bundles that nobody uses any more go, and others stay', async () => {
  expect(await readFile(ofOtherSources('a'), 'utf8')).toBe('in use');
  await expect(readFile(ofOtherSources('b'))).rejects.toThrow('ENOENT');
});

test('where nothing can be kept, the bundle is made all the same', async () => {
  const bundle = await workflowBundle(join(codePath, 'no-folder'));
  expect((bundle as { code: string }).code).toContain('lifecycle');
});
