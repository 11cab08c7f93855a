import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { completeLockfile, type Lockfile } from '../../../src/setup/complete-lockfile.ts';

test('binaries of other platforms that npm left out are added, and nothing else', () => {
  const lockfile: Lockfile = {
    packages: {
      'node_modules/tool': {
        version: '2.0.0',
        dev: true,
        optionalDependencies: {
          '@tool/cli-linux-x64': '2.0.0',
          '@tool/cli-linux-arm64-musl': '2.0.0',
          '@tool/darwin-x64': '2.0.0',
          fsevents: '~2.3.2',
        },
      },
      'node_modules/@tool/cli-linux-x64': { version: '2.0.0' },
    },
  };
  expect(completeLockfile(lockfile)).toEqual([
    '@tool/cli-linux-arm64-musl@2.0.0',
    '@tool/darwin-x64@2.0.0',
  ]);
  expect(lockfile.packages['node_modules/@tool/cli-linux-arm64-musl']).toEqual({
    version: '2.0.0',
    os: ['linux'],
    cpu: ['arm64'],
    libc: ['musl'],
    dev: true,
    optional: true,
  });
  expect(completeLockfile(lockfile)).toEqual([]);
});

test('the committed lock file is complete, so that `npm ci` accepts it', async () => {
  const text = await readFile(new URL('../../../package-lock.json', import.meta.url), 'utf8');
  expect(completeLockfile(JSON.parse(text) as Lockfile)).toEqual([]);
});
