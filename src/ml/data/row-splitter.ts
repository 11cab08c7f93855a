export const [NEW_LINE, RETURN] = [0x0a, 0x0d];
/** A row that is longer is for the parser to judge. */
const LONGEST_ROW = 2 ** 20;

export interface PlainFormat {
  /** A byte. */
  readonly separator: number;
  /** A byte; −1 where quotes are letters like others. */
  readonly quote: number;
  /** Fields of a row. */
  readonly fields: number;
  readonly lineEnd: '\n' | '\r\n';
}

/** Some whole rows that are not split yet. */
export interface RowBlock {
  /** Of all rows, and of nothing else. */
  readonly bytes: Buffer;
  readonly rows: number;
  /** [rows, fields]: where the places of cells are to be written. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/**
 * Finds where the cells of rows begin and end. Of a quoted cell, each two quotes become one where they
 * stand, so that the bytes are those of the cells.
 * @returns line ends, as a parser counts them; null where only a parser can tell cells from each other
 */
export function splitRows(block: RowBlock, format: PlainFormat): number | null {
  const splitter = new RowSplitter(block, format);
  let at = 0;
  for (let row = 0; row < block.rows; row++) {
    const end = splitter.split(at, row * format.fields);
    if (end < 0 || end - at > LONGEST_ROW) return null;
    at = end;
  }
  return at === block.bytes.length ? splitter.lines : null;
}

class RowSplitter {
  /** Line ends so far; those in cells are some too. */
  lines = 0;
  readonly #bytes: Buffer;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #format: PlainFormat;
  /** No byte above it says anything but itself. */
  readonly #highest: number;

  constructor({ bytes, starts, ends }: RowBlock, format: PlainFormat) {
    this.#bytes = bytes;
    this.#starts = starts;
    this.#ends = ends;
    this.#format = format;
    this.#highest = Math.max(format.separator, format.quote, RETURN);
  }

  /** Where the row after the one at `begin` begins; negative where it can't be told. */
  split(begin: number, firstCell: number): number {
    const bytes = this.#bytes;
    const starts = this.#starts;
    const ends = this.#ends;
    const { separator, quote, fields, lineEnd } = this.#format;
    const highest = this.#highest;
    const { length } = bytes;
    const lastCell = firstCell + fields - 1;
    let at = begin;
    for (let cell = firstCell; cell <= lastCell; cell++) {
      if (at < length && bytes[at] === quote) {
        starts[cell] = at + 1;
        at = this.#splitQuoted(at + 1, cell);
        if (at < 0) return at;
      } else {
        starts[cell] = at;
        for (; at < length; at++) {
          const byte = bytes[at] as number;
          if (byte > highest) continue;
          if (byte === separator || byte === NEW_LINE || byte === quote) break;
          if (byte === RETURN) this.lines += 1;
        }
        ends[cell] = at;
      }
      if (cell === lastCell) break;
      if (at === length || bytes[at] !== separator) return NOT_PLAIN;
      at += 1;
    }
    if (fields === 1 && isBlank(bytes, starts[firstCell] as number, ends[firstCell] as number)) {
      return NOT_PLAIN;
    }
    if (lineEnd === '\r\n' && at < length) {
      // After a quote comes the carriage return; in a cell without quotes it was taken for a part of that.
      if (bytes[at] === RETURN) at += 1;
      else if (at > (starts[lastCell] as number) && bytes[at - 1] === RETURN) {
        ends[lastCell] = at - 1;
        this.lines -= 1;
      } else return NOT_PLAIN;
    }
    this.lines += 1;
    // A last row need not end.
    if (at === length) return at;
    return bytes[at] === NEW_LINE ? at + 1 : NOT_PLAIN;
  }

  /** What follows the quote at the end of a cell; negative where there is none. */
  #splitQuoted(start: number, cell: number): number {
    const bytes = this.#bytes;
    const { quote } = this.#format;
    let end = start;
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === NEW_LINE || byte === RETURN) this.lines += 1;
      if (byte === quote) {
        if (at + 1 === bytes.length || bytes[at + 1] !== quote) {
          this.#ends[cell] = end;
          return at + 1;
        }
        at += 1;
      }
      if (end < at) bytes[end] = byte;
      end += 1;
    }
    return NOT_PLAIN;
  }
}

const NOT_PLAIN = -1;

const isBlank = (bytes: Buffer, start: number, end: number): boolean =>
  bytes.toString('utf8', start, end).trim() === '';
