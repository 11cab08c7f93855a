import type { TablePosition } from '../../schemas/preparation-state.ts';
import type { TextBatch } from './batch-parser.ts';
import type { TextSource } from './text/text-source.ts';

type BytePosition = Extract<TablePosition, { kind: 'byte' }>;

const NEW_LINE = 0x0a;
/** A row that is longer is for the parser to judge, and a batch as long for it to read. */
const LONGEST_ROW = 2 ** 20;
const LONGEST_BATCH = 2 ** 24;

export interface PlainFormat {
  readonly separator: string;
  /** Empty where quotes are letters like others. */
  readonly quote: string;
  /** Fields of a row. */
  readonly fields: number;
  readonly lineEnd: '\n' | '\r\n';
}

/** How lines end, by the first one; null where a parser has to tell. */
export function plainLineEnd(head: string, quote: string): PlainFormat['lineEnd'] | null {
  const [first = '', end] = /^.*?(\r\n|\n|\r)/.exec(head) ?? [];
  if (quote !== '' && first.includes(quote)) return null;
  return end === '\n' || end === '\r\n' ? end : null;
}

/**
 * Rows of a text without quotes, blank lines and rows of other sizes, by splitting it: several times as
 * fast as a parser, which has to look at each letter. The first batch that is not so plain ends it.
 * @returns where the first row stands that was not given; null after the last one
 */
export async function* plainRows(
  text: TextSource,
  { separator, quote, fields, lineEnd }: PlainFormat,
  batchRows: number,
  from: BytePosition,
): AsyncGenerator<TextBatch, BytePosition | null, undefined> {
  let { byte, line } = from;
  const split = (bytes: Buffer, lines: number): string[][] | null => {
    if (quote !== '' && bytes.includes(quote)) return null;
    const rows = bytes.toString('utf8').split(lineEnd);
    if (rows.at(-1) === '') rows.pop();
    if (rows.length !== lines || rows.some(({ length }) => length > LONGEST_ROW)) return null;
    const cells = rows.map((row) => row.split(separator));
    const isWhole = (row: string[]) =>
      row.length === fields && (fields > 1 || row[0]?.trim() !== '');
    return cells.every(isWhole) ? cells : null;
  };
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of text.read(byte) as AsyncIterable<Buffer>) {
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    let start = 0;
    for (;;) {
      const end = endOfLines(bytes, start, batchRows);
      if (end < 0) break;
      const rows = split(bytes.subarray(start, end), batchRows);
      if (rows === null) return { kind: 'byte', byte, line };
      byte += end - start;
      line += batchRows;
      start = end;
      yield { rows, end: { kind: 'byte', byte, line } };
    }
    held = bytes.subarray(start);
    if (held.length > LONGEST_BATCH) return { kind: 'byte', byte, line };
  }
  if (held.length === 0) return null;
  const lines = countLines(held);
  const rows = split(held, lines);
  if (rows === null) return { kind: 'byte', byte, line };
  yield { rows, end: { kind: 'byte', byte: byte + held.length, line: line + lines } };
  return null;
}

/** The byte after so many lines; −1 where there are fewer. */
function endOfLines(bytes: Buffer, start: number, lines: number): number {
  let at = start;
  for (let i = 0; i < lines; i++) {
    const found = bytes.indexOf(NEW_LINE, at);
    if (found < 0) return -1;
    at = found + 1;
  }
  return at;
}

/** The last one need not end. */
function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = 0; at < bytes.length; lines++) {
    const found = bytes.indexOf(NEW_LINE, at);
    if (found < 0) return lines + 1;
    at = found + 1;
  }
  return lines;
}
