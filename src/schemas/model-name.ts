import { dataPaths, type Job } from './job.ts';

const LONGEST = 63;

/** The model's name: the job's own, or made of data file and target: `customers-churned`. */
export function modelName({ name, data, target }: Pick<Job, 'name' | 'data' | 'target'>): string {
  if (name !== undefined) return name;
  const file = dataPaths({ data })[0]?.split(/[\\/]/).at(-1) ?? '';
  const stem = file.replace(/(\.[a-z]+)?(\.gz)?$/i, '');
  return slug(`${stem}-${target}`);
}

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
