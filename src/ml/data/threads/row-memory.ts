/** What is taken is rounded up to it, so that memory of other rows is seldom too small. */
const STEP_BYTES = 2 ** 16;
/** Blocks that wait to be used again. */
const MOST_FREE = 16;

/** Room for the bytes of some rows, and for the places of their cells. */
export interface RowRoom {
  readonly bytes: Buffer;
  /** [rows, fields] */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Memory that all threads see. It is used again and again: to take new memory all the time costs more than to split rows. */
export class RowMemory {
  #free: SharedArrayBuffer[] = [];

  take(bytes: number, cells: number): RowRoom {
    const needed = 8 * cells + bytes;
    const found = this.#free.findIndex(({ byteLength }) => byteLength >= needed);
    const [memory = new SharedArrayBuffer(STEP_BYTES * Math.ceil(needed / STEP_BYTES))] =
      found < 0 ? [] : this.#free.splice(found, 1);
    return {
      bytes: Buffer.from(memory, 8 * cells, bytes),
      starts: new Int32Array(memory, 0, cells),
      ends: new Int32Array(memory, 4 * cells, cells),
    };
  }

  /** Takes room back that no thread looks at any more. */
  release({ starts: { buffer } }: Pick<RowRoom, 'starts'>): void {
    if (!(buffer instanceof SharedArrayBuffer)) return;
    this.#free = [...this.#free, buffer].slice(-MOST_FREE);
  }
}
