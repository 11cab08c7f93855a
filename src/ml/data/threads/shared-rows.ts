import { TextCells } from '../text-cells.ts';

/** Room of a block: about as many bytes and cells as some thousand rows of a usual table have. */
const BLOCK_BYTES = 2 ** 20;
const BLOCK_CELLS = 2 ** 17;

/** Rows of text, by the bytes of their cells, in memory that all threads see. */
export interface SharedRows {
  /** Of the first row, counted over all. */
  readonly start: number;
  readonly rows: number;
  /** Cells of a row. */
  readonly fields: number;
  /** UTF-8, of which the cells are parts. */
  readonly bytes: SharedArrayBuffer;
  /** [2, rows, fields] of int32: the first byte of each cell, and the one after its last. */
  readonly places: SharedArrayBuffer;
}

export function cellsIn({ rows, fields, bytes, places }: SharedRows): TextCells {
  const cells = rows * fields;
  return new TextCells(
    Buffer.from(bytes),
    fields,
    new Int32Array(places, 0, cells),
    new Int32Array(places, 4 * cells, cells),
  );
}

/** Lays rows of several batches into one block, and uses the memory of blocks that are done with again. */
export class RowPacker {
  readonly #free: Pick<SharedRows, 'bytes' | 'places'>[] = [];
  #batches: TextCells[] = [];
  #start = 0;
  #bytes = 0;
  #cells = 0;

  /** @param start of the first of the rows, which come after those added before */
  add(cells: TextCells, start: number): void {
    if (this.#batches.length === 0) this.#start = start;
    this.#batches.push(cells);
    this.#bytes += cells.bytes.length;
    this.#cells += cells.starts.length;
  }

  /** Whether a batch like the last one might not fit any more. */
  get isFull(): boolean {
    const last = this.#batches.at(-1);
    if (last === undefined) return false;
    return (
      this.#bytes + 1.5 * last.bytes.length > BLOCK_BYTES ||
      this.#cells + last.starts.length > BLOCK_CELLS
    );
  }

  /** The block of what was added; null where nothing was. */
  pack(): SharedRows | null {
    const [first] = this.#batches;
    if (first === undefined) return null;
    const [count, { fields }] = [this.#cells, first];
    const memory = this.#memoryFor(this.#bytes, count);
    const bytes = new Uint8Array(memory.bytes);
    const starts = new Int32Array(memory.places, 0, count);
    const ends = new Int32Array(memory.places, 4 * count, count);
    let [shift, cell] = [0, 0];
    for (const batch of this.#batches) {
      bytes.set(batch.bytes, shift);
      for (let i = 0; i < batch.starts.length; i++, cell++) {
        starts[cell] = (batch.starts[i] as number) + shift;
        ends[cell] = (batch.ends[i] as number) + shift;
      }
      shift += batch.bytes.length;
    }
    [this.#batches, this.#bytes, this.#cells] = [[], 0, 0];
    return { start: this.#start, rows: count / fields, fields, ...memory };
  }

  /** Takes the memory of a block that no thread looks at any more. */
  release({ bytes, places }: SharedRows): void {
    this.#free.push({ bytes, places });
  }

  #memoryFor(bytes: number, cells: number): Pick<SharedRows, 'bytes' | 'places'> {
    const free = this.#free.pop();
    if (free !== undefined && free.bytes.byteLength >= bytes && free.places.byteLength >= 8 * cells)
      return free;
    return {
      bytes: new SharedArrayBuffer(Math.max(bytes, BLOCK_BYTES)),
      places: new SharedArrayBuffer(8 * Math.max(cells, BLOCK_CELLS)),
    };
  }
}

/** Rows of strings, as a parser gives them, by their bytes. */
export function cellsOfStrings(rows: readonly (readonly unknown[])[]): TextCells {
  const fields = rows[0]?.length ?? 0;
  const texts = rows.flat() as string[];
  const ends = new Int32Array(texts.length);
  const starts = new Int32Array(texts.length);
  let at = 0;
  texts.forEach((text, i) => {
    starts[i] = at;
    at += Buffer.byteLength(text);
    ends[i] = at;
  });
  return new TextCells(Buffer.from(texts.join('')), fields, starts, ends);
}
