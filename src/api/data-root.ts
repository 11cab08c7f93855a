import { isAbsolute, relative, resolve } from 'node:path';
import { InputError } from '../errors.ts';

/** Refuses a path outside of the folder that jobs and graphs may name files in; relative ones are meant from it. */
export function refuseOutside(dataRoot: string, field: string, path: string): void {
  const inside = relative(dataRoot, resolve(dataRoot, path));
  if (inside !== '' && inside !== '..' && !inside.startsWith('../') && !isAbsolute(inside)) return;
  throw new InputError({
    ...{ code: 'DataOutsideRoot', field, value: path },
    expected: 'a path inside the folder of data that this server offers',
    remedy: 'Give a path relative to that folder.',
  });
}
