import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { failPoint } from '../fail-points.ts';
import { explainFullDisk } from '../full-disk.ts';
import { checkKey, type ObjectInfo, type ObjectStore } from './object-store.ts';
import { temporaryFolder, temporaryName } from './temporary-files.ts';

/** Objects as files below a folder. */
export class FileObjectStore implements ObjectStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async read(key: string): Promise<Uint8Array | null> {
    return nullIfAbsent(() => readFile(this.#path(key)));
  }

  async describe(key: string): Promise<ObjectInfo | null> {
    const found = await nullIfAbsent(() => stat(this.#path(key)));
    return found && { key, bytes: found.size, modifiedAtMs: found.mtimeMs };
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(key);
    await this.#publish(path, (temporary) => writeSynced(temporary, bytes, key), rename);
  }

  async create(key: string, bytes: Uint8Array): Promise<boolean> {
    const path = this.#path(key);
    try {
      // A rename would take the place of what is there; a link does not.
      await this.#publish(path, (temporary) => writeSynced(temporary, bytes, key), link);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  }

  async takeFile(key: string, from: string): Promise<void> {
    const path = this.#path(key);
    await this.#publish(path, (temporary) => moveSynced(from, temporary), rename);
    await rm(from, { force: true });
  }

  async localPath(key: string): Promise<string> {
    const path = this.#path(key);
    await stat(path);
    return path;
  }

  async list(prefix: string): Promise<ObjectInfo[]> {
    const folder = join(this.#root, prefix.slice(0, prefix.lastIndexOf('/') + 1));
    const entries = await nullIfAbsent(() =>
      readdir(folder, { recursive: true, withFileTypes: true }),
    );
    const keys = (entries ?? [])
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.#root, join(entry.parentPath, entry.name)))
      .map((path) => path.split(sep).join('/'))
      .filter((key) => key.startsWith(prefix))
      .sort();
    // One that has just been removed is not there.
    const found = await Promise.all(keys.map((key) => this.describe(key)));
    return found.filter((info) => info !== null);
  }

  async remove(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  #path(key: string): string {
    return join(this.#root, checkKey(key));
  }

  /** Makes a whole file under a temporary name, then gives it its own. */
  async #publish(
    path: string,
    make: (temporary: string) => Promise<void>,
    give: (temporary: string, path: string) => Promise<void>,
  ): Promise<void> {
    const temporary = temporaryName(this.#root);
    let isGone = false;
    try {
      await inFolder(temporaryFolder(this.#root), () => make(temporary));
      await inFolder(dirname(path), () => give(temporary, path));
      isGone = give === rename;
      await syncFolder(dirname(path));
    } catch (error) {
      throw explainFullDisk(error, path);
    } finally {
      if (!isGone) await rm(temporary, { force: true }).catch(() => undefined);
    }
  }
}

/** Makes the folder where it is missing: it seldom is, and each look at the disk costs. */
async function inFolder(folder: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    await mkdir(folder, { recursive: true });
    await work();
  }
}

async function writeSynced(path: string, bytes: Uint8Array, key: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    const middle = Math.floor(bytes.byteLength / 2);
    await file.writeFile(bytes.subarray(0, middle));
    await failPoint(`half-written-${key.split('/')[0]}`);
    await file.writeFile(bytes.subarray(middle));
    await file.sync();
  } finally {
    await file.close();
  }
}

async function moveSynced(from: string, to: string): Promise<void> {
  // Another file system can't be renamed from.
  await rename(from, to).catch(() => copyFile(from, to));
  const file = await open(to, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A name lasts when its folder is on the disk, too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function nullIfAbsent<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException | null)?.code;
