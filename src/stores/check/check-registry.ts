import { parsePackage } from '../../schemas/any-package.ts';
import type { ModelVersion } from '../../schemas/model-package.ts';
import type { OpenStores } from '../index.ts';
import { readJson } from '../json-artifact.ts';
import type { Alias, ModelRegistry } from '../model-registry.ts';
import type { Fault } from './fault.ts';

/** Versions, their numbers and packages, and aliases. */
export async function checkRegistry({
  artifacts,
  registry,
}: Pick<OpenStores, 'artifacts' | 'registry'>): Promise<Fault[]> {
  const read = await readRegistry(registry);
  if ('kind' in read) return [read];
  const { versions, aliases } = read;
  const faults = [...checkNumbers(versions), ...checkAliases(versions, aliases)];
  for (const version of versions) {
    const found = await readPackage(artifacts, version);
    if (found !== null) {
      faults.push({ kind: 'unreadable-package', where: nameOf(version), what: found });
    }
  }
  return faults;
}

async function readRegistry(
  registry: ModelRegistry,
): Promise<{ versions: ModelVersion[]; aliases: Alias[] } | Fault> {
  try {
    return { versions: await registry.list(), aliases: await registry.listAliases() };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return { kind: 'unreadable-registry', where: 'registry', what };
  }
}

/** Versions of a model are numbered 1, 2, …, and each is of a run of its own. */
function checkNumbers(versions: readonly ModelVersion[]): Fault[] {
  const faults: Fault[] = [];
  const runs = new Map<string, ModelVersion>();
  const last = new Map<string, number>();
  for (const version of [...versions].sort((a, b) => a.version - b.version)) {
    const where = nameOf(version);
    const run = `${version.model} ${version.runId}`;
    const other = runs.get(run);
    if (other !== undefined) {
      const what = `version ${other.version} is of the run ${version.runId}, too`;
      faults.push({ kind: 'two-versions-of-a-run', where, what });
    }
    runs.set(run, version);
    const before = last.get(version.model) ?? 0;
    if (version.version !== before + 1) {
      const what = `it follows version ${before}`;
      faults.push({ kind: 'version-gap', where, what });
    }
    last.set(version.model, version.version);
  }
  return faults;
}

function checkAliases(versions: readonly ModelVersion[], aliases: readonly Alias[]): Fault[] {
  const names = new Set(versions.map(nameOf));
  return aliases
    .filter((alias) => !names.has(nameOf(alias)))
    .map(({ model, alias, version }) => ({
      kind: 'dangling-alias',
      where: `${model}@${alias}`,
      what: `it points to version ${version}, which is not there`,
    }));
}

/** Why it can't be used; null where it can. */
async function readPackage(
  artifacts: OpenStores['artifacts'],
  version: ModelVersion,
): Promise<string | null> {
  try {
    const { name, runId } = parsePackage(await readJson(artifacts, version.package));
    if (name === version.model && runId === version.runId) return null;
    return `it is the package of ${name}, of the run ${runId}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const nameOf = ({ model, version }: Pick<ModelVersion, 'model' | 'version'>): string =>
  `${model}@${version}`;
