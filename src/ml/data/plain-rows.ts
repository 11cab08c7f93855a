import type { TablePosition } from '../../schemas/preparation-state.ts';
import type { TextBatch } from './batch-parser.ts';
import { NEW_LINE, type PlainFormat, RETURN, type RowBlock } from './row-splitter.ts';
import type { TextSource } from './text/text-source.ts';
import { CellBatch, TextCells } from './text-cells.ts';
import type { RowMemory } from './threads/row-memory.ts';
import { RowThreads } from './threads/row-threads.ts';

type BytePosition = Extract<TablePosition, { kind: 'byte' }>;

/** Of UTF-8. */
const MARK = Buffer.from('\ufeff');
/** A batch that is longer is for the parser to read. */
const LONGEST_BATCH = 2 ** 25;

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
 * and end: many times as fast as a parser, which makes a string of each. This thread finds where rows
 * end, batch by batch; whichever is free splits them. The first batch that is not so plain ends it.
 * @returns where the first row stands that was not given; null after the last one
 */
export async function* plainRows(
  text: TextSource,
  format: PlainFormat,
  batchRows: number,
  from: BytePosition,
  threads = new RowThreads(1),
): AsyncGenerator<TextBatch, BytePosition | null, undefined> {
  const { memory, ahead } = threads;
  const blocks = findBlocks(text, format, batchRows, from.byte, memory);
  const splitting: { block: Block; lines: Promise<number | null> }[] = [];
  let end = from;
  let ending: Ending | undefined;
  try {
    for (;;) {
      while (ending === undefined && splitting.length <= ahead) {
        const found = await blocks.next();
        if (found.done) ending = found.value;
        else splitting.push({ block: found.value, lines: threads.split(found.value, format) });
      }
      const first = splitting.shift();
      if (first === undefined) {
        if (typeof ending === 'object') throw ending.error;
        return ending === 'ended' ? null : end;
      }
      const { block } = first;
      const lines = await first.lines;
      if (lines === null) return end;
      end = { kind: 'byte', byte: block.end, line: end.line + lines };
      const cells = new TextCells(block.bytes, format.fields, block.starts, block.ends);
      yield new CellBatch(cells, end, () => memory.release(block));
    }
  } finally {
    await blocks.return('ended');
  }
}

/** A batch that is not split yet, and where it ends. */
interface Block extends RowBlock {
  /** The byte of the text after it. */
  readonly end: number;
}

/** What comes after the last block; a fault of the text is told when its turn comes, however far it was read ahead. */
type Ending = 'ended' | 'too long' | { readonly error: unknown };

async function* findBlocks(
  text: TextSource,
  format: PlainFormat,
  batchRows: number,
  from: number,
  memory: RowMemory,
): AsyncGenerator<Block, Ending, undefined> {
  const finder = new RowFinder(format, batchRows);
  let byte = from;
  let pieces: Buffer[] = [];
  let length = 0;
  const take = (): Block => {
    const rows = finder.take();
    const room = memory.take(length, rows * format.fields);
    let at = 0;
    for (const piece of pieces) at += piece.copy(room.bytes, at);
    // Unlike a text, its bytes have the mark at their beginning.
    const isMarked = byte === 0 && room.bytes.subarray(0, MARK.length).equals(MARK);
    const bytes = isMarked ? room.bytes.subarray(MARK.length) : room.bytes;
    byte += length;
    [pieces, length] = [[], 0];
    return { ...room, bytes, rows, end: byte };
  };
  try {
    for await (const chunk of text.read(from) as AsyncIterable<Buffer>) {
      let begin = 0;
      while (begin < chunk.length) {
        const found = finder.find(chunk, begin);
        pieces.push(chunk.subarray(begin, found));
        length += found - begin;
        begin = found;
        if (finder.isFull) yield take();
      }
      if (length > LONGEST_BATCH) return 'too long';
    }
  } catch (error) {
    return { error };
  }
  if (length > 0) yield take();
  return 'ended';
}

/** Finds where so many rows end, by the line ends that stand in no quotes. */
class RowFinder {
  readonly #quote: number;
  readonly #batchRows: number;
  /** Rows that ended. */
  #rows = 0;
  #isQuoted = false;
  /** Whether a row has begun that has not ended. */
  #isWithin = false;

  constructor({ quote }: PlainFormat, batchRows: number) {
    this.#quote = quote;
    this.#batchRows = batchRows;
  }

  get isFull(): boolean {
    return this.#rows === this.#batchRows;
  }

  /** Where the last row ends that is wanted; the end of the bytes where it lies beyond. */
  find(bytes: Buffer, from: number): number {
    const mayQuote = this.#isQuoted || (this.#quote >= 0 && bytes.includes(this.#quote, from));
    const end = mayQuote ? this.#findAmongQuotes(bytes, from) : this.#findLines(bytes, from);
    this.#isWithin = this.#isQuoted || bytes[end - 1] !== NEW_LINE;
    return end;
  }

  /** Rows found since they were taken last. A last one need not end. */
  take(): number {
    const rows = this.#rows + (this.#isWithin ? 1 : 0);
    this.#rows = 0;
    return rows;
  }

  #findLines(bytes: Buffer, from: number): number {
    let at = from;
    while (!this.isFull) {
      const found = bytes.indexOf(NEW_LINE, at);
      if (found < 0) return bytes.length;
      at = found + 1;
      this.#rows += 1;
    }
    return at;
  }

  #findAmongQuotes(bytes: Buffer, from: number): number {
    const quote = this.#quote;
    const wanted = this.#batchRows - this.#rows;
    let isQuoted = this.#isQuoted;
    let [at, rows] = [from, 0];
    while (at < bytes.length && rows < wanted) {
      const byte = bytes[at++];
      if (byte === quote) isQuoted = !isQuoted;
      else if (byte === NEW_LINE && !isQuoted) rows += 1;
    }
    this.#rows += rows;
    this.#isQuoted = isQuoted;
    return at;
  }
}
