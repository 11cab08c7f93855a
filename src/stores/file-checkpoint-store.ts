import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointStore } from './checkpoint-store.ts';

const DIGEST_BYTES = 32;

/** Checkpoints as files: SHA-256 of the state, then the state. */
export class FileCheckpointStore implements CheckpointStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async save(name: string, state: Uint8Array): Promise<void> {
    await mkdir(this.#root, { recursive: true });
    const temporary = `${this.#path(name)}.${process.pid}.tmp`;
    const file = await open(temporary, 'w');
    try {
      await file.write(digest(state));
      await file.write(state);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#path(name));
  }

  async load(name: string): Promise<Uint8Array | null> {
    let bytes: Buffer;
    try {
      bytes = await readFile(this.#path(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    const state = bytes.subarray(DIGEST_BYTES);
    // A torn checkpoint costs a fresh start, not a wrong result.
    return digest(state).equals(bytes.subarray(0, DIGEST_BYTES)) ? state : null;
  }

  async remove(name: string): Promise<void> {
    await rm(this.#path(name), { force: true });
  }

  #path(name: string): string {
    return join(this.#root, `${name}.checkpoint`);
  }
}

const digest = (state: Uint8Array): Buffer => createHash('sha256').update(state).digest();
