import { InputError } from '../../errors.ts';
import type { Hyperparameters } from '../../schemas/hyperparameters.ts';
import type { Estimator } from './estimator.ts';

/**
 * Checks hyperparameters and fills in defaults.
 * @throws InputError that names the field, as `hyperparameters.mlp.learningRate`.
 */
export function parseHyperparameters<H>(estimator: Estimator<H>, values: Hyperparameters): H {
  const parsed = estimator.hyperparameters.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = [...(issue?.path ?? []), ...unknown].map(String);
  throw new InputError({
    code: 'InvalidHyperparameter',
    field: ['hyperparameters', estimator.name, ...path].join('.'),
    value: path.reduce<unknown>((value, key) => (value as Hyperparameters)?.[key], values),
    expected: unknown.length > 0 ? expectedKeys(estimator) : (issue?.message ?? 'another value'),
    remedy:
      unknown.length > 0 ? 'Remove or rename it.' : 'Change it, or leave it out for the default.',
  });
}

function expectedKeys(estimator: Estimator): string {
  const { shape = {} } = estimator.hyperparameters as { shape?: Record<string, unknown> };
  const keys = Object.keys(shape);
  return keys.length > 0 ? `one of ${keys.join(', ')}` : `no hyperparameters for ${estimator.name}`;
}
