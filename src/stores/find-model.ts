import { InputError } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import type { ModelVersion } from '../schemas/model-package.ts';
import type { ModelRegistry } from './model-registry.ts';

const DEFAULT_ALIAS = 'champion';

/** By version or alias; without either the champion, or where there is none the newest. */
export async function findModel(
  registry: ModelRegistry,
  name: string,
  which: { readonly version?: number; readonly alias?: string } = {},
): Promise<ModelVersion> {
  const isAny = which.version === undefined && which.alias === undefined;
  const found =
    (isAny ? await registry.find(name, { alias: DEFAULT_ALIAS }) : null) ??
    (await registry.find(name, which));
  if (found !== null) return found;
  const versions = await registry.list(name);
  if (versions.length > 0) throw versionNotFound(name, which, versions);
  throw modelNotFound(name, await registry.list());
}

/** Finds `churn`, `churn@3` or `churn@challenger`. */
export function findByReference(registry: ModelRegistry, reference: string): Promise<ModelVersion> {
  const [name = '', which] = reference.split('@');
  if (which === undefined) return findModel(registry, name);
  const version = Number(which);
  return findModel(registry, name, Number.isInteger(version) ? { version } : { alias: which });
}

function modelNotFound(name: string, all: readonly ModelVersion[]): InputError {
  const names = [...new Set(all.map(({ model }) => model))];
  const nearest = nearestName(name, names);
  return new InputError({
    code: 'ModelNotFound',
    field: 'model',
    value: name,
    expected: names.length === 0 ? 'a registered model; there is none yet' : 'a registered model',
    remedy: nearest === undefined ? "See 'sevenfold models'." : `Did you mean '${nearest}'?`,
  });
}

function versionNotFound(
  name: string,
  { version, alias }: { version?: number; alias?: string },
  versions: readonly ModelVersion[],
): InputError {
  const aliases = versions.flatMap((each) => each.aliases);
  const numbers = versions.map((each) => each.version).sort((a, b) => a - b);
  return new InputError({
    code: 'ModelNotFound',
    field: version === undefined ? 'alias' : 'version',
    value: version ?? alias,
    expected: `a version of '${name}' (${numbers.slice(-10).join(', ')}) or one of its aliases (${aliases.join(', ')})`,
    remedy: `See 'sevenfold models ${name}'.`,
  });
}
