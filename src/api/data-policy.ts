import { InputError } from '../errors.ts';
import { refuseOutside } from './data-root.ts';

/** What of the data of jobs the holders of tokens may name: what lies in one folder. */
export class DataPolicy {
  readonly #root: string;

  /** @param root folder that data has to lie in; relative paths are meant from it */
  constructor(root: string) {
    this.#root = root;
  }

  /** @throws InputError for a job that names other data */
  check({ data, split }: { readonly data: unknown; readonly split?: unknown }): void {
    this.#checkData('job.data', data);
    this.#checkSplit('job.split', split);
  }

  /** @param set of a rerun: values by the paths that they are to have in the job */
  checkChanges(set: Readonly<Record<string, unknown>>): void {
    for (const [path, value] of Object.entries(set)) {
      if (/^data(\.|$)/.test(path)) this.#checkData(`set.${path}`, value);
      if (path === 'split') this.#checkSplit('set.split', value);
      if (path === 'split.test') this.#checkPath('set.split.test', value);
    }
  }

  /** A path, a list, or a query, or a part of one. */
  #checkData(field: string, data: unknown): void {
    // Which data bases a worker can reach, and with whose rights, is not for the holders of tokens.
    if (field.endsWith('.postgres')) throw queryNotAllowed(field);
    if (field.endsWith('.sql')) return;
    if (typeof data !== 'object' || data === null) {
      this.#checkPath(field, data);
      return;
    }
    for (const [key, value] of Object.entries(data)) {
      this.#checkData(Array.isArray(data) ? field : `${field}.${key}`, value);
    }
  }

  #checkSplit(field: string, split: unknown): void {
    if (typeof split !== 'object' || split === null || !('kind' in split)) return;
    if (split.kind === 'file' && 'test' in split) this.#checkPath(`${field}.test`, split.test);
  }

  /** What is no text is refused as a job, not here. */
  #checkPath(field: string, path: unknown): void {
    if (typeof path === 'string') refuseOutside(this.#root, field, path);
  }
}

const queryNotAllowed = (field: string): InputError =>
  new InputError({
    ...{ code: 'QueryNotAllowed', field, value: 'a data base' },
    expected: 'a path, or a SQLite data base, inside the folder of data that this server offers',
    remedy: 'Run queries of Postgres by command, by schedule, or from a client of Temporal.',
  });
