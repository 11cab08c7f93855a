import { link, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { explainFullDisk } from '../full-disk.ts';
import { fileSha256 } from './file-sha256.ts';
import { temporaryFolder, temporaryName } from './temporary-files.ts';

const FOLDER = 'cache';
/** The last part of the key of an object that is named by its content. */
const CONTENT_NAME = /(?:^|\/)([0-9a-f]{64})$/;

/**
 * Copies of a store's objects on this machine. Those that are named by their content are kept for
 * later, up to a limit; the least recently used go first. Whoever asks for a copy is given a link
 * to it of its own, so that it stays, whatever others throw away, until this is closed.
 */
export class LocalCopies {
  readonly #home: string;
  readonly #limitBytes: number;
  /** Links and copies of this process; swept by a later one if it is killed. */
  readonly #own: string;

  constructor(home: string, limitBytes: number) {
    this.#home = home;
    this.#limitBytes = limitBytes;
    this.#own = temporaryName(home);
  }

  /** Path of a copy: one that was kept, or a new one, which `download` writes under a name. */
  async get(key: string, download: (path: string) => Promise<void>): Promise<string> {
    const own = join(this.#own, key);
    try {
      await mkdir(dirname(own), { recursive: true });
      if (contentName(key) !== null && (await this.#linkKept(key, own))) return own;
      await mkdir(temporaryFolder(this.#home), { recursive: true });
      const temporary = temporaryName(this.#home);
      try {
        await download(temporary);
        await this.#take(key, temporary, own);
      } finally {
        await rm(temporary, { force: true });
      }
      return own;
    } catch (error) {
      throw explainFullDisk(error, own);
    }
  }

  /** Keeps a file that holds what its key says, or removes it. */
  async adopt(key: string, path: string): Promise<void> {
    // On another file system it would have to be copied, which is not worth it.
    if (contentName(key) !== null) await this.#keep(key, path).catch(() => undefined);
    await rm(path, { force: true });
  }

  async close(): Promise<void> {
    await rm(this.#own, { recursive: true, force: true });
  }

  /** A copy that is not what its name says is given, but not kept. */
  async #take(key: string, temporary: string, own: string): Promise<void> {
    const name = contentName(key);
    const isWhole = name !== null && (await fileSha256(temporary)) === name;
    if (!isWhole) return rename(temporary, own);
    await linkUnlessThere(temporary, own);
    await this.#keep(key, temporary);
  }

  async #linkKept(key: string, own: string): Promise<boolean> {
    const kept = join(this.#home, FOLDER, key);
    try {
      await linkUnlessThere(kept, own);
      await utimes(own, new Date(), new Date());
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  async #keep(key: string, path: string): Promise<void> {
    const kept = join(this.#home, FOLDER, key);
    await sync(path);
    await mkdir(dirname(kept), { recursive: true });
    await rename(path, kept);
    await utimes(kept, new Date(), new Date());
    await this.#evict();
  }

  async #evict(): Promise<void> {
    const folder = join(this.#home, FOLDER);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = await Promise.all(
      entries
        .filter((entry) => entry.isFile())
        .map(async ({ parentPath, name }) => {
          const path = join(parentPath, name);
          // One that another process has just evicted takes no room.
          const { size = 0, mtimeMs = 0 } = (await stat(path).catch(() => null)) ?? {};
          return { path, size, mtimeMs };
        }),
    );
    let total = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (total <= this.#limitBytes) return;
      await rm(path, { force: true });
      total -= size;
    }
  }
}

const contentName = (key: string): string | null => CONTENT_NAME.exec(key)?.[1] ?? null;

async function linkUnlessThere(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
