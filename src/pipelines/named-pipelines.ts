import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { nearestName } from '../nearest.ts';

const FILE = /^([a-z][a-z0-9-]*)\.(ya?ml|json|[cm]?[jt]s)$/;

/** The file of a pipeline that lies with the workers, by its name. */
export async function findNamedPipeline(folder: string, name: string): Promise<string> {
  const files = (await readdir(folder).catch((): string[] => [])).sort();
  const named = files.flatMap((file) => {
    const [, stem] = FILE.exec(file) ?? [];
    return stem === undefined ? [] : [{ stem, path: join(folder, file) }];
  });
  const found = named.find(({ stem }) => stem === name);
  if (found !== undefined) return found.path;
  const names = named.map(({ stem }) => stem);
  const nearest = nearestName(name, names);
  throw new InputError({
    code: 'UnknownPipeline',
    field: 'pipeline',
    value: name,
    expected: names.length === 0 ? `a pipeline in ${folder}` : `one of ${names.join(', ')}`,
    remedy: nearest === undefined ? 'Put its file there.' : `Did you mean '${nearest}'?`,
  });
}
