import { readFile } from 'node:fs/promises';
import { InputError } from './errors.ts';

/** A secret never leaves the worker: runs, records and histories hold its reference alone. */
export async function readSecret(
  field: string,
  reference: string,
  worker: NodeJS.ProcessEnv,
): Promise<string> {
  const [kind, ...rest] = reference.split(':');
  const where = rest.join(':');
  const value =
    kind === 'env' ? worker[where] : await readFile(where, 'utf8').catch(() => undefined);
  if (value !== undefined) return value.replace(/\n$/, '');
  throw new InputError({
    code: 'SecretMissing',
    field,
    value: reference,
    expected: kind === 'env' ? `a variable ${where} of the worker` : `a readable file ${where}`,
    remedy: 'Give it to the worker, or change the reference.',
  });
}
