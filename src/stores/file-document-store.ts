import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { writeAtomically } from './atomic-file.ts';
import type { DocumentStore } from './document-store.ts';

const SUFFIX = '.json';
const KEY = /^[\w@.-]+(\/[\w@.-]+)*$/;

/** Documents as JSON files, a file a key. */
export class FileDocumentStore implements DocumentStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async write(key: string, document: unknown): Promise<void> {
    await writeAtomically(this.#path(key), `${JSON.stringify(document, null, 2)}\n`);
  }

  async read(key: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.#path(key), 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async list(prefix: string): Promise<string[]> {
    // A run's documents are looked for in its own folder, however many runs there are.
    const folder = join(this.#root, prefix.slice(0, prefix.lastIndexOf('/') + 1));
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      },
    );
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith(SUFFIX))
      .map((entry) => relative(this.#root, join(entry.parentPath, entry.name)))
      .map((path) => path.slice(0, -SUFFIX.length).split(sep).join('/'))
      .filter((key) => key.startsWith(prefix))
      .sort();
  }

  #path(key: string): string {
    if (!KEY.test(key) || key.split('/').some((part) => /^\.+$/.test(part))) {
      throw new TypeError(`'${key}' is no document key.`);
    }
    return join(this.#root, `${key}${SUFFIX}`);
  }
}
