import type { TablePosition } from '../../schemas/preparation-state.ts';
import type { TextBatch } from './batch-parser.ts';
import { NEW_LINE, type PlainFormat, RETURN, type RowBlock } from './row-splitter.ts';
import type { TextSource } from './text/text-source.ts';
import { CellBatch } from './text-cells.ts';
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
  const { memory } = threads;
  const blocks = findBlocks(text, format, batchRows, from, memory);
  const splitting: { block: Block; cells: ReturnType<RowThreads['split']> }[] = [];
  let last = from;
  let rest: BytePosition | null | undefined;
  while (rest === undefined || splitting.length > 0) {
    while (rest === undefined && splitting.length <= threads.ahead) {
      const found = await blocks.next();
      if (found.done) rest = found.value;
      else splitting.push({ block: found.value, cells: threads.split(found.value, format) });
    }
    const first = splitting.shift();
    if (first === undefined) break;
    const cells = await first.cells;
    if (cells === null) {
      await blocks.return(null);
      return last;
    }
    last = first.block.end;
    yield new CellBatch(cells, last, () => memory.release(first.block));
  }
  return rest ?? null;
}

/** A batch that is not split yet, and where it ends. */
interface Block extends RowBlock {
  readonly end: BytePosition;
}

/** @returns where a block begins that is too long; null after the last one */
async function* findBlocks(
  text: TextSource,
  format: PlainFormat,
  batchRows: number,
  from: BytePosition,
  memory: RowMemory,
): AsyncGenerator<Block, BytePosition | null, undefined> {
  const finder = new RowFinder(format, batchRows);
  let end = from;
  let pieces: Buffer[] = [];
  let length = 0;
  const take = (): Block => {
    const { rows, lines } = finder.take();
    const room = memory.take(length, rows * format.fields);
    let at = 0;
    for (const piece of pieces) at += piece.copy(room.bytes, at);
    // Unlike a text, its bytes have the mark at their beginning.
    const isMarked = end.byte === 0 && room.bytes.subarray(0, MARK.length).equals(MARK);
    const bytes = isMarked ? room.bytes.subarray(MARK.length) : room.bytes;
    end = { kind: 'byte', byte: end.byte + length, line: end.line + lines };
    [pieces, length] = [[], 0];
    return { ...room, bytes, rows, end };
  };
  for await (const chunk of text.read(from.byte) as AsyncIterable<Buffer>) {
    let begin = 0;
    while (begin < chunk.length) {
      const found = finder.find(chunk, begin);
      pieces.push(chunk.subarray(begin, found));
      length += found - begin;
      begin = found;
      if (finder.isFull) yield take();
    }
    if (length > LONGEST_BATCH) return end;
  }
  if (length > 0) yield take();
  return null;
}

/** Finds where so many rows end, by their line ends that stand in no quotes. */
class RowFinder {
  readonly #format: PlainFormat;
  readonly #batchRows: number;
  readonly #highest: number;
  /** Rows that ended. */
  #rows = 0;
  /** Line ends as the parser counts them: those in cells are some too. */
  #lines = 0;
  #isQuoted = false;
  /** Whether a row has begun that has not ended. */
  #isWithin = false;

  constructor(format: PlainFormat, batchRows: number) {
    this.#format = format;
    this.#batchRows = batchRows;
    this.#highest = Math.max(format.quote, RETURN);
  }

  get isFull(): boolean {
    return this.#rows === this.#batchRows;
  }

  /** Where the last row ends that is wanted; the end of the bytes where it lies beyond. */
  find(bytes: Buffer, from: number): number {
    const { quote } = this.#format;
    const highest = this.#highest;
    let isQuoted = this.#isQuoted;
    let at = from;
    while (at < bytes.length && this.#rows < this.#batchRows) {
      const byte = bytes[at++] as number;
      if (byte > highest) continue;
      if (byte === quote) isQuoted = !isQuoted;
      else if (byte === NEW_LINE) {
        this.#lines += 1;
        if (!isQuoted) this.#rows += 1;
      } else if (byte === RETURN) this.#lines += 1;
    }
    this.#isQuoted = isQuoted;
    this.#isWithin = isQuoted || bytes[at - 1] !== NEW_LINE;
    return at;
  }

  /** What was found since it was taken last. A last row need not end. */
  take(): { rows: number; lines: number } {
    const last = this.#isWithin ? 1 : 0;
    const doubled = this.#format.lineEnd === '\r\n' ? this.#rows : 0;
    const found = { rows: this.#rows + last, lines: this.#lines - doubled + last };
    [this.#rows, this.#lines] = [0, 0];
    return found;
  }
}
