import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ModelVersion } from '../../src/schemas/model-package.ts';
import type { ModelRegistry, NewVersion } from '../../src/stores/model-registry.ts';
import { inParallelProcesses } from '../support/parallel-processes.ts';

/** A registry that was just made. */
export interface ModelRegistryFixture {
  readonly registry: ModelRegistry;
  /** Statements that declare `registry`, the same one, in another process. */
  readonly open: string;
  /** The same registry, opened once more. */
  reopen(): ModelRegistry;
  remove(): Promise<void>;
}

/** What a run registers. */
export const newVersion = (model: string, runId: string): NewVersion => ({
  model,
  runId,
  package: {
    uri: `objects/${runId}`,
    sha256: Buffer.from(runId).toString('hex').padEnd(64, '0').slice(0, 64),
    bytes: 42,
    mediaType: 'application/json',
  },
  createdAt: '2026-01-31T12:00:00.000Z',
  metric: 'rmse',
  score: 0.1 + 0.2,
});

/** What every model registry must do. */
export function modelRegistryContract(
  name: string,
  create: () => Promise<ModelRegistryFixture>,
): void {
  describe(`${name} as a model registry`, () => {
    let fixture: ModelRegistryFixture;
    let registry: ModelRegistry;
    beforeEach(async () => {
      fixture = await create();
      registry = fixture.registry;
    });
    afterEach(async () => {
      await registry.close();
      await fixture.remove();
    });

    const register = (model: string, runId: string) => registry.register(newVersion(model, runId));
    const versionsOf = (versions: readonly ModelVersion[]) =>
      versions.map(({ model, version }) => `${model}@${version}`);

    test('an empty registry has nothing to find and nothing to list', async () => {
      expect(await registry.find('churn')).toBeNull();
      expect(await registry.find('churn', { version: 1 })).toBeNull();
      expect(await registry.list()).toEqual([]);
    });

    test('an alias is replaced only where it still is what it was thought to be', async () => {
      for (const run of ['a', 'b', 'c']) await register('churn', run);
      const champion = async () =>
        (await registry.find('churn', { alias: 'champion' }))?.version ?? null;
      expect(await registry.replaceAlias('churn', 'champion', 3, 1)).toBe(false);
      expect(await champion()).toBeNull();
      expect(await registry.replaceAlias('churn', 'champion', null, 1)).toBe(true);
      expect(await registry.replaceAlias('churn', 'champion', 1, 2)).toBe(true);
      // A repetition, and one that comes too late.
      expect(await registry.replaceAlias('churn', 'champion', 1, 2)).toBe(true);
      expect(await registry.replaceAlias('churn', 'champion', 1, 3)).toBe(false);
      expect(await champion()).toBe(2);
    });

    test('an alias moves with a new version, and not with a late repetition of an old one', async () => {
      const alias = 'champion';
      await registry.register({ ...newVersion('churn', 'a'), alias });
      await registry.register({ ...newVersion('churn', 'b'), alias });
      await registry.register({ ...newVersion('churn', 'a'), alias });
      expect((await registry.find('churn', { alias }))?.version).toBe(2);
    });

    test('versions of a model count 1, 2, 3, and each model counts for itself', async () => {
      const found = [await register('churn', 'a'), await register('churn', 'b')];
      found.push(await register('price', 'a'), await register('churn', 'c'));
      expect(versionsOf(found)).toEqual(['churn@1', 'churn@2', 'price@1', 'churn@3']);
      expect(versionsOf(await registry.list())).toEqual([
        ...['churn@1', 'churn@2', 'churn@3'],
        'price@1',
      ]);
      expect(versionsOf(await registry.list('price'))).toEqual(['price@1']);
      expect(await registry.list('chu')).toEqual([]);
    });

    test('what was registered is found as it was given, to the last bit of its score', async () => {
      const registered = await register('churn', 'a');
      expect(registered).toEqual({ ...newVersion('churn', 'a'), version: 1, aliases: [] });
      expect(await registry.find('churn', { version: 1 })).toEqual(registered);
    });

    test('a run that registers again gets its version again, and nothing is added', async () => {
      const first = await register('churn', 'a');
      await register('churn', 'b');
      expect(await register('churn', 'a')).toEqual(first);
      expect(versionsOf(await registry.list())).toEqual(['churn@1', 'churn@2']);
      expect(await register('churn', 'c')).toMatchObject({ version: 3 });
    });

    test('a version is found by its number, by an alias, or as the newest', async () => {
      for (const runId of ['a', 'b', 'c']) await register('churn', runId);
      await registry.setAlias('churn', 'champion', 2);
      expect(await registry.find('churn', { version: 1 })).toMatchObject({ runId: 'a' });
      expect(await registry.find('churn', { alias: 'champion' })).toMatchObject({ runId: 'b' });
      expect(await registry.find('churn')).toMatchObject({ runId: 'c' });
      expect(await registry.find('churn', { version: 4 })).toBeNull();
      expect(await registry.find('churn', { alias: 'challenger' })).toBeNull();
    });

    test('an alias moves, and only the version that it points at carries it', async () => {
      await register('churn', 'a');
      await register('churn', 'b');
      await register('price', 'a');
      await registry.setAlias('churn', 'champion', 1);
      await registry.setAlias('price', 'champion', 1);
      await registry.setAlias('churn', 'challenger', 2);
      await registry.setAlias('churn', 'champion', 2);
      await registry.setAlias('churn', 'champion', 2);
      const aliases = (await registry.list()).map(({ aliases }) => aliases);
      expect(aliases).toEqual([[], ['challenger', 'champion'], ['champion']]);
      const all = await registry.listAliases();
      expect(all.map(({ model, alias, version }) => `${model}@${alias}: ${version}`)).toHaveLength(
        3,
      );
      expect(all).toContainEqual({ model: 'churn', alias: 'champion', version: 2 });
      expect(await registry.find('churn', { alias: 'champion' })).toMatchObject({ version: 2 });
    });

    test('an alias can not point at a version that there is not', async () => {
      await register('churn', 'a');
      await expect(registry.setAlias('churn', 'champion', 2)).rejects.toBeInstanceOf(Error);
      await expect(registry.setAlias('price', 'champion', 1)).rejects.toBeInstanceOf(Error);
      expect(await registry.find('churn', { alias: 'champion' })).toBeNull();
    });

    test('names are data: quotes and percent signs find nothing else', async () => {
      const name = `it's "100%" _ ; --`;
      await register(name, 'a');
      await register('churn', 'a');
      await registry.setAlias(name, `o'clock`, 1);
      expect(await registry.find(name, { alias: `o'clock` })).toMatchObject({ model: name });
      expect(await registry.list('%')).toEqual([]);
      expect(await registry.list()).toHaveLength(2);
    });

    test('everything is there after it was closed and opened again', async () => {
      await register('churn', 'a');
      await register('churn', 'b');
      await registry.setAlias('churn', 'champion', 1);
      const before = await registry.list();
      await registry.close();
      registry = fixture.reopen();
      expect(await registry.list()).toEqual(before);
      expect(await register('churn', 'c')).toMatchObject({ version: 3 });
    });

    test('one who has it open sees what another registers', async () => {
      await registry.list();
      const other = fixture.reopen();
      await other.register(newVersion('churn', 'a'));
      await other.setAlias('churn', 'champion', 1);
      expect(await registry.find('churn', { alias: 'champion' })).toMatchObject({ version: 1 });
      await other.close();
    });

    test('processes that register at once get distinct versions without a gap', async () => {
      const PROCESSES = 4;
      const EACH = 20;
      const script = (id: number) => ({
        prepare: fixture.open,
        act: `(async () => {
          const versions = [];
          for (let i = 0; i < ${EACH}; i++) {
            const runId = 'run-${id}-' + i;
            const { version } = await registry.register({
              ...${JSON.stringify(newVersion('churn', ''))}, runId });
            await registry.setAlias('churn', 'champion', version);
            versions.push(version);
          }
          await registry.close();
          return versions;
        })()`,
      });
      const all = await inParallelProcesses(Array.from({ length: PROCESSES }, (_, i) => script(i)));
      const numbers = (all as number[][]).flat().sort((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: PROCESSES * EACH }, (_, i) => i + 1));
      // Each process saw its own numbers rise.
      for (const own of all as number[][]) expect(own).toEqual(own.toSorted((a, b) => a - b));
      expect(await registry.find('churn', { alias: 'champion' })).not.toBeNull();
    }, 60_000);

    test('processes that register the same run at once get one version', async () => {
      const script = {
        prepare: fixture.open,
        act: `registry.register(${JSON.stringify(newVersion('churn', 'a'))})`,
      };
      const all = await inParallelProcesses([script, script, script]);
      for (const one of all) expect(one).toMatchObject({ version: 1 });
      expect(await registry.list()).toHaveLength(1);
    }, 60_000);
  });
}
