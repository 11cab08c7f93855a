import { InputError } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import type { ModelVersion } from '../schemas/model-package.ts';
import type { ModelRegistry } from '../stores/model-registry.ts';

/** Finds `churn`, `churn@3` or `churn@challenger`; without a version, the champion, else the newest. */
export async function findModel(registry: ModelRegistry, reference: string): Promise<ModelVersion> {
  const [name = '', which] = reference.split('@');
  const found = await find(registry, name, which);
  if (found !== null) return found;
  const versions = await registry.list();
  const names = [...new Set(versions.map(({ model }) => model))];
  const nearest = nearestName(name, names);
  throw new InputError({
    code: 'ModelNotFound',
    field: 'model',
    value: reference,
    expected: names.length === 0 ? 'a registered model; there is none yet' : 'a registered model',
    remedy:
      nearest === undefined || nearest === name
        ? "See 'sevenfold models'."
        : `Did you mean '${nearest}'?`,
  });
}

async function find(registry: ModelRegistry, name: string, which: string | undefined) {
  if (which === undefined) {
    return (await registry.find(name, { alias: 'champion' })) ?? registry.find(name);
  }
  const version = Number(which);
  return registry.find(name, Number.isInteger(version) ? { version } : { alias: which });
}
