import type { ModelVersion } from '../schemas/model-package.ts';
import { findModel } from '../stores/find-model.ts';
import type { ModelRegistry } from '../stores/model-registry.ts';

/** Finds `churn`, `churn@3` or `churn@challenger`. */
export function findByReference(registry: ModelRegistry, reference: string): Promise<ModelVersion> {
  const [name = '', which] = reference.split('@');
  if (which === undefined) return findModel(registry, name);
  const version = Number(which);
  return findModel(registry, name, Number.isInteger(version) ? { version } : { alias: which });
}
