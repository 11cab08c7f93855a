import type { DocumentStore } from './document-store.ts';
import { checkKey, type ObjectStore } from './object-store.ts';

const FOLDER = 'documents/';
const SUFFIX = '.json';

/** Documents as JSON objects under `documents/`, one a key. */
export class ObjectDocumentStore implements DocumentStore {
  readonly #objects: ObjectStore;

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  async write(key: string, document: unknown): Promise<void> {
    const text = `${JSON.stringify(document, null, 2)}\n`;
    await this.#objects.write(documentObject(key), Buffer.from(text));
  }

  async read(key: string): Promise<unknown> {
    const bytes = await this.#objects.read(documentObject(key));
    return bytes === null ? null : JSON.parse(Buffer.from(bytes).toString('utf8'));
  }

  async list(prefix: string): Promise<string[]> {
    const found = await this.#objects.list(`${FOLDER}${prefix}`);
    return found
      .filter(({ key }) => key.endsWith(SUFFIX))
      .map(({ key }) => key.slice(FOLDER.length, -SUFFIX.length));
  }
}

/** Where a document lies among the objects. */
export const documentObject = (key: string): string => `${FOLDER}${checkKey(key)}${SUFFIX}`;
