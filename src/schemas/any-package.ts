import { ImportedPackage } from './imported-model.ts';
import { ModelPackage } from './model-package.ts';

/** What a registered version is: a model that was trained here, or an imported one. */
export type AnyPackage = ModelPackage | ImportedPackage;

export const isImported = (modelPackage: AnyPackage): modelPackage is ImportedPackage =>
  'imported' in modelPackage;

/** Reads a stored package of either kind. */
export const parsePackage = (document: unknown): AnyPackage =>
  typeof document === 'object' && document !== null && 'imported' in document
    ? ImportedPackage.parse(document)
    : ModelPackage.parse(document);
