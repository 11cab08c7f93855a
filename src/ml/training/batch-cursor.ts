import type { Batch } from './training-data.ts';

/** Walks the batches of one pass over the data, and can begin after those already read. */
export class BatchCursor {
  readonly #iterator: AsyncIterator<Batch>;
  #skip: number;
  #read: number;

  /** @param read batches of this pass that were used before a restore. */
  constructor(batches: AsyncIterable<Batch>, read = 0) {
    this.#iterator = batches[Symbol.asyncIterator]();
    this.#skip = read;
    this.#read = read;
  }

  get read(): number {
    return this.#read;
  }

  /** The next batch; undefined at the end of the pass. */
  async next(): Promise<Batch | undefined> {
    for (; this.#skip > 0; this.#skip--) await this.#iterator.next();
    const result = await this.#iterator.next();
    if (result.done === true) return undefined;
    this.#read += 1;
    return result.value;
  }

  /** Lets the source close its files when a pass is left before its end. */
  close(): void {
    void this.#iterator.return?.();
  }
}
