import type { TablePosition } from '../../schemas/preparation-state.ts';
import type { TextBatch } from './batch-parser.ts';
import type { TextSource } from './text/text-source.ts';
import { CellBatch, TextCells } from './text-cells.ts';

type BytePosition = Extract<TablePosition, { kind: 'byte' }>;

const [NEW_LINE, RETURN] = [0x0a, 0x0d];
/** Of UTF-8. */
const MARK = Buffer.from('\ufeff');
/** A row that is longer is for the parser to judge, and a batch as long for it to read. */
const LONGEST_ROW = 2 ** 20;
const LONGEST_BATCH = 2 ** 24;

export interface PlainFormat {
  /** A byte. */
  readonly separator: number;
  /** A byte; −1 where quotes are letters like others. */
  readonly quote: number;
  /** Fields of a row. */
  readonly fields: number;
  readonly lineEnd: '\n' | '\r\n';
}

/** What can be split without a parser; null where a parser has to tell rows from each other. */
export function plainFormat(
  head: string,
  { separator, quote, fields }: { separator: string; quote: string; fields: number },
): PlainFormat | null {
  // The first row says how lines end; what is quoted is none of it.
  const bare = quote === '' ? head : withoutQuoted(head, quote);
  const lineEnd = /\r\n|\n|\r/.exec(bare)?.[0];
  const bytes = [separator, quote].map((sign) => (sign === '' ? -1 : byteOf(sign)));
  const [separates, quotes] = bytes as [number | null, number | null];
  if (separates === null || quotes === null || separates === quotes) return null;
  if (lineEnd !== '\n' && lineEnd !== '\r\n') return null;
  return { separator: separates, quote: quotes, fields, lineEnd };
}

const withoutQuoted = (text: string, quote: string): string =>
  text
    .split(quote)
    .filter((_, index) => index % 2 === 0)
    .join('');

/** Null where a sign is several bytes, or ends lines. */
function byteOf(sign: string): number | null {
  const code = sign.charCodeAt(0);
  return sign.length === 1 && code < 0x80 && code !== NEW_LINE && code !== RETURN ? code : null;
}

/**
 * Rows of a text without blank lines and rows of other sizes, by the bytes at which their cells begin
 * and end: many times as fast as a parser, which makes a string of each. The first batch that is not
 * so plain ends it.
 * @returns where the first row stands that was not given; null after the last one
 */
export async function* plainRows(
  text: TextSource,
  format: PlainFormat,
  batchRows: number,
  from: BytePosition,
): AsyncGenerator<TextBatch, BytePosition | null, undefined> {
  let { byte, line } = from;
  let held: Buffer = Buffer.alloc(0);
  let worthwhile = 0;
  const splitter = new RowSplitter(format, batchRows);
  const take = ({ cells, bytes, lines }: Split): TextBatch => {
    byte += bytes;
    line += lines;
    return new CellBatch(cells, { kind: 'byte', byte, line });
  };
  for await (const chunk of text.read(byte) as AsyncIterable<Buffer>) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    if (byte === 0) {
      if (held.length < MARK.length) continue;
      // Unlike a text, its bytes have the mark at their beginning.
      byte = held.subarray(0, MARK.length).equals(MARK) ? MARK.length : 0;
      held = held.subarray(byte);
    }
    // Long rows come in many chunks, and are not looked at anew with each.
    while (held.length >= worthwhile) {
      const found = splitter.split(held, false);
      if (found === 'not plain') return { kind: 'byte', byte, line };
      worthwhile = found === 'cut short' ? 1.25 * held.length : 0;
      if (found === 'cut short') break;
      held = held.subarray(found.bytes);
      yield take(found);
    }
    if (held.length > LONGEST_BATCH) return { kind: 'byte', byte, line };
  }
  while (held.length > 0) {
    const found = splitter.split(held, true);
    if (typeof found === 'string') return { kind: 'byte', byte, line };
    held = held.subarray(found.bytes);
    yield take(found);
  }
  return null;
}

interface Split {
  readonly cells: TextCells;
  readonly bytes: number;
  /** Line ends, as the parser counts them: those in cells are some too. */
  readonly lines: number;
}

type Failure = 'not plain' | 'cut short';

/** Splits bytes into batches of rows. */
class RowSplitter {
  readonly #format: PlainFormat;
  readonly #batchRows: number;
  /** No byte above it says anything but itself. */
  readonly #highest: number;
  /** Line ends in the batch, so far. */
  #lines = 0;
  /** Cells in which quotes stand twice. */
  #escaped: number[] = [];

  constructor(format: PlainFormat, batchRows: number) {
    this.#format = format;
    this.#batchRows = batchRows;
    this.#highest = Math.max(format.separator, format.quote, RETURN);
  }

  /**
   * The rows at the beginning of some bytes: a batch.
   * @param isEnd whether nothing comes after these bytes; there may be fewer rows then
   */
  split(bytes: Buffer, isEnd: boolean): Split | Failure {
    const { fields } = this.#format;
    const starts = new Int32Array(fields * this.#batchRows);
    const ends = new Int32Array(fields * this.#batchRows);
    this.#lines = 0;
    this.#escaped = [];
    let [at, row] = [0, 0];
    for (; row < this.#batchRows && at < bytes.length; row++) {
      const end = this.#splitRow(bytes, at, starts, ends, row * fields);
      if (end === CUT_SHORT && !isEnd) return 'cut short';
      if (end < 0 || end - at > LONGEST_ROW) return 'not plain';
      // A last row need not end; there might come more of it.
      if (end === bytes.length && bytes[end - 1] !== NEW_LINE) {
        if (!isEnd) return 'cut short';
        this.#lines += 1;
      }
      at = end;
    }
    if (row < this.#batchRows && !isEnd) return 'cut short';
    const own = bytes.subarray(0, at);
    const [from, to] = [starts, ends].map((all) => all.subarray(0, row * fields)) as [
      Int32Array,
      Int32Array,
    ];
    const whole = this.#unescape(own, from, to);
    return { cells: new TextCells(whole, fields, from, to), bytes: at, lines: this.#lines };
  }

  /** Where the next row begins; negative where it can't be told. */
  #splitRow(
    bytes: Buffer,
    begin: number,
    starts: Int32Array,
    ends: Int32Array,
    firstCell: number,
  ): number {
    const { separator, quote, fields, lineEnd } = this.#format;
    const highest = this.#highest;
    const { length } = bytes;
    const lastCell = firstCell + fields - 1;
    let at = begin;
    for (let cell = firstCell; cell <= lastCell; cell++) {
      if (at < length && bytes[at] === quote) {
        starts[cell] = at + 1;
        at = this.#endOfQuoted(bytes, at + 1, cell);
        if (at < 0) return at;
        ends[cell] = at - 1;
      } else {
        starts[cell] = at;
        for (; at < length; at++) {
          const byte = bytes[at] as number;
          if (byte > highest) continue;
          if (byte === separator || byte === NEW_LINE || byte === quote) break;
          if (byte === RETURN) this.#lines += 1;
        }
        ends[cell] = at;
      }
      if (cell === lastCell) break;
      if (at === length) return CUT_SHORT;
      if (bytes[at] !== separator) return NOT_PLAIN;
      at += 1;
    }
    if (fields === 1 && isBlank(bytes, starts[firstCell] as number, ends[firstCell] as number)) {
      return NOT_PLAIN;
    }
    if (lineEnd === '\r\n' && at < length) {
      at = this.#endOfRow(bytes, at, starts[lastCell] as number);
      if (at < 0) return at;
      ends[lastCell] = Math.min(ends[lastCell] as number, at - 1);
    }
    if (at === length) return at;
    if (bytes[at] !== NEW_LINE) return NOT_PLAIN;
    this.#lines += 1;
    return at + 1;
  }

  /** The new line at the end of a row, of which the last cell begins at `start`; negative where there is none. */
  #endOfRow(bytes: Buffer, at: number, start: number): number {
    // After a quote comes the carriage return; in a cell without quotes it was taken for a part of that.
    if (bytes[at] === RETURN) return at + 1 === bytes.length ? CUT_SHORT : at + 1;
    if (at === start || bytes[at - 1] !== RETURN) return NOT_PLAIN;
    this.#lines -= 1;
    return at;
  }

  /** What follows the quote at the end; negative where it can't be told. */
  #endOfQuoted(bytes: Buffer, start: number, cell: number): number {
    const { quote } = this.#format;
    let isEscaped = false;
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === NEW_LINE || byte === RETURN) this.#lines += 1;
      if (byte !== quote) continue;
      if (bytes[at + 1] !== quote || at + 1 === bytes.length) {
        if (isEscaped) this.#escaped.push(cell);
        return at + 1;
      }
      isEscaped = true;
      at += 1;
    }
    return CUT_SHORT;
  }

  /** The bytes with those cells behind them in which a quote stands for two. */
  #unescape(bytes: Buffer, starts: Int32Array, ends: Int32Array): Buffer {
    const { quote } = this.#format;
    const pieces = [bytes];
    let { length } = bytes;
    for (const cell of this.#escaped) {
      const quoted = bytes.subarray(starts[cell], ends[cell]);
      // The second of two quotes is left out; one after that is a first one again.
      let isFirst = false;
      const piece = quoted.filter((byte) => {
        isFirst = byte === quote && !isFirst;
        return byte !== quote || isFirst;
      });
      starts[cell] = length;
      length += piece.length;
      ends[cell] = length;
      pieces.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
    }
    return pieces.length === 1 ? bytes : Buffer.concat(pieces);
  }
}

const [NOT_PLAIN, CUT_SHORT] = [-1, -2];

const isBlank = (bytes: Buffer, start: number, end: number): boolean =>
  bytes.toString('utf8', start, end).trim() === '';
