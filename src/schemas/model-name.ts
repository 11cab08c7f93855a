import { dataPaths, type Job } from './job.ts';

const LONGEST = 63;

/** The model's name: the job's own, or made of data file and target: `customers-churned`. */
export function modelName({ name, data, target }: Pick<Job, 'name' | 'data' | 'target'>): string {
  if (name !== undefined) return name;
  const [path = sqlitePath(data)] = dataPaths({ data });
  const file = path.split(/[\\/]/).at(-1) ?? '';
  const stem = file.replace(/(\.[a-z]+)?(\.gz)?$/i, '');
  return slug(`${stem}-${target}`);
}

/** A query of Postgres has no name of its own. */
const sqlitePath = (data: Job['data']): string =>
  typeof data === 'object' && 'sqlite' in data ? (data.sqlite ?? 'query') : 'query';

function slug(text: string): string {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '');
  return plain === '' ? 'model' : plain;
}
