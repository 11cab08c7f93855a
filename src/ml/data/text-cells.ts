import { isAscii } from 'node:buffer';
import type { TablePosition } from '../../schemas/preparation-state.ts';

/**
 * Some rows of text, each cell by the bytes of UTF-8 in which it stands. Most cells are numbers, or
 * texts that were there before, and nobody needs a string of them.
 */
export class TextCells {
  readonly bytes: Buffer;
  readonly rows: number;
  /** Cells of a row. */
  readonly fields: number;
  /** [rows, fields]: the first byte of each cell, and the one after its last. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;

  constructor(bytes: Buffer, fields: number, starts: Int32Array, ends: Int32Array) {
    this.bytes = bytes;
    this.rows = starts.length / fields;
    this.fields = fields;
    this.starts = starts;
    this.ends = ends;
  }

  /** What another thread has sent, which is plain data: the same memory where threads share it. */
  static received({ bytes, fields, starts, ends }: TextCells): TextCells {
    const { buffer, byteOffset, byteLength } = bytes;
    return new TextCells(Buffer.from(buffer, byteOffset, byteLength), fields, starts, ends);
  }

  /** Rows of strings, as a parser gives them, by their bytes. */
  static ofStrings(rows: readonly (readonly unknown[])[]): TextCells {
    const texts = rows.flat() as string[];
    const ends = new Int32Array(texts.length);
    const starts = new Int32Array(texts.length);
    let at = 0;
    texts.forEach((text, i) => {
      starts[i] = at;
      at += Buffer.byteLength(text);
      ends[i] = at;
    });
    return new TextCells(Buffer.from(texts.join('')), rows[0]?.length ?? 0, starts, ends);
  }

  text(row: number, field: number): string {
    const at = row * this.fields + field;
    return textOf(this.bytes, this.starts[at] as number, this.ends[at] as number);
  }

  /** All cells as strings. */
  toStrings(): string[][] {
    const { bytes, fields, starts, ends } = this;
    // Of ASCII, places of characters are those of bytes.
    const whole = isAscii(bytes) ? bytes.toString('latin1') : null;
    return Array.from({ length: this.rows }, (_, row) =>
      Array.from({ length: fields }, (__, field) => {
        const at = row * fields + field;
        return whole === null ? this.text(row, field) : whole.slice(starts[at], ends[at]);
      }),
    );
  }

  /** The same rows with these fields. */
  pick(places: readonly number[]): TextCells {
    const choose = (all: Int32Array) => {
      const chosen = new Int32Array(this.rows * places.length);
      for (let row = 0, at = 0; row < this.rows; row++) {
        for (const place of places) chosen[at++] = all[row * this.fields + place] as number;
      }
      return chosen;
    };
    return new TextCells(this.bytes, places.length, choose(this.starts), choose(this.ends));
  }
}

/** Rows by their cells' bytes, and where they end; it makes strings of them when it is asked for these. */
export class CellBatch<End extends TablePosition> {
  readonly cells: TextCells;
  readonly end: End;
  readonly release: (() => void) | undefined;
  #rows: string[][] | undefined;

  /** @param release lets the memory of the cells be used again */
  constructor(cells: TextCells, end: End, release?: () => void) {
    this.cells = cells;
    this.end = end;
    this.release = release;
  }

  get rows(): string[][] {
    this.#rows ??= this.cells.toStrings();
    return this.#rows;
  }
}

/** A string in memory of its own. */
export const textOf = (bytes: Buffer, start: number, end: number): string =>
  start === end ? '' : bytes.toString('utf8', start, end);
