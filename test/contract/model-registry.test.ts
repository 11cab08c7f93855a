import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { expect, test } from 'vitest';
import { SqliteModelRegistry } from '../../src/stores/sqlite-model-registry.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { modelRegistryContract, newVersion } from './model-registry-contract.ts';

const module = new URL('../../src/stores/sqlite-model-registry.ts', import.meta.url);

modelRegistryContract('SqliteModelRegistry', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sevenfold-registry-'));
  const path = join(folder, 'made when needed', 'registry.db');
  return {
    registry: new SqliteModelRegistry(path),
    open: `
      import { SqliteModelRegistry } from ${JSON.stringify(module)};
      const registry = new SqliteModelRegistry(${JSON.stringify(path)});`,
    reopen: () => new SqliteModelRegistry(path),
    remove: () => rm(folder, { recursive: true }),
  };
});

test('a registry of a newer Sevenfold is refused, and left as it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sevenfold-registry-'));
  const path = join(folder, 'registry.db');
  const newer = new Database(path);
  newer.exec('create table later (id integer); pragma user_version = 99;');
  newer.close();
  const registry = new SqliteModelRegistry(path);
  await expect(registry.list()).rejects.toThrow(/newer Sevenfold.*99/);
  await expect(registry.register(newVersion('churn', 'a'))).rejects.toThrow(/newer Sevenfold/);
  await registry.close();
  const after = new Database(path);
  expect(after.prepare('pragma user_version').get()).toMatchObject({ user_version: 99 });
  expect(after.prepare('select name from sqlite_master').all()).toHaveLength(1);
  after.close();
  await rm(folder, { recursive: true });
});

test('a full disk is said to be full', async ({ skip }) => {
  const disk = await mountSmallDisk(384);
  if (disk === null) return skip('this user may not mount a small disk');
  const registry = new SqliteModelRegistry(join(disk.folder, 'registry.db'));
  try {
    const problem = { code: 'NoDiskSpace', field: 'SEVENFOLD_HOME' };
    const fill = async () => {
      for (let i = 0; ; i++) await registry.register(newVersion('x'.repeat(5000), `run-${i}`));
    };
    await expect(fill()).rejects.toThrow(
      expect.objectContaining({ problem: expect.objectContaining(problem) }),
    );
    expect((await registry.list()).length).toBeGreaterThan(0);
  } finally {
    await registry.close();
    await disk.remove();
  }
});
