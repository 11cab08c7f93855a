import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { CsvError, type Options } from 'csv-parse';
import { InputError } from '../../errors.ts';
import type { Job } from '../../schemas/job.ts';
import { BatchParser, type TextBatch } from './batch-parser.ts';
import { findSeparator } from './find-separator.ts';
import { BATCH_ROWS, type ReadOptions, type Table } from './table.ts';

/** Characters of a row at most: a longer one is a forgotten quote, or no table at all. */
const LONGEST_ROW = 4 * 2 ** 20;

interface CsvSource {
  readonly path: string;
  readonly bytes: number;
  readonly head: Buffer;
  readonly format: Job['format'];
  readonly field: string;
}

/** Separated text, read as a stream. */
export class CsvTable implements Table {
  readonly path: string;
  readonly format: string;
  readonly bytes: number;
  readonly columns: readonly string[];
  readonly #options: Options;
  readonly #field: string;
  readonly #hasHeader: boolean;
  /** Bytes up to the end of the first row. */
  readonly #firstBytes: number;

  private constructor(
    { path, bytes, format, field }: CsvSource,
    separator: string,
    options: Options,
    { rows: [firstRow = []], end }: TextBatch,
  ) {
    this.path = path;
    this.bytes = bytes;
    this.format = `CSV, separator ${JSON.stringify(separator)}`;
    this.#field = field;
    this.#options = options;
    this.#hasHeader = format.header;
    this.#firstBytes = end.byte;
    this.columns = format.header
      ? firstRow.map((name) => name.trim())
      : firstRow.map((_, index) => `column${index + 1}`);
  }

  static async open(source: CsvSource): Promise<CsvTable> {
    const { path, head, format, field } = source;
    refuseBinary(head, path, field);
    const separator = format.separator ?? findSeparator(head.toString('utf8'), format.quote);
    const options: Options = {
      bom: true,
      delimiter: separator,
      quote: format.quote,
      escape: format.quote,
      skip_empty_lines: true,
      max_record_size: LONGEST_ROW,
    };
    const parser = new BatchParser(
      { ...options, to: 2, relax_column_count: true },
      { batchRows: 1, skipsFirst: false },
    );
    const rows = readBatches(path, parser, field);
    const first = (await rows.next()).value;
    const needed = format.header ? (await rows.next()).value : first;
    if (first === undefined || needed === undefined) {
      throw new InputError({
        code: 'NoRows',
        field,
        value: path,
        expected: 'at least one row below the header',
        remedy: 'Name a table with rows.',
      });
    }
    await rows.return(undefined);
    return new CsvTable(source, separator, options, first);
  }

  async *batches({
    from = null,
    batchRows = BATCH_ROWS,
  }: ReadOptions = {}): AsyncGenerator<TextBatch> {
    if (from !== null && from.kind !== 'byte') throw new TypeError('A CSV file is read by bytes.');
    const skipsFirst = this.#hasHeader || from !== null;
    const parser = new BatchParser(this.#options, { batchRows, skipsFirst, from });
    // The first row says how many fields the others have, and how their lines end.
    if (from !== null) parser.write(await readHead(this.path, this.#firstBytes));
    yield* readBatches(this.path, parser, this.#field, from?.byte);
  }
}

async function* readBatches(
  path: string,
  parser: BatchParser,
  field: string,
  start = 0,
): AsyncGenerator<TextBatch, undefined, undefined> {
  const file = createReadStream(path, { start, highWaterMark: 256 * 1024 });
  file.once('error', (error) => parser.destroy(error));
  file.pipe(parser);
  try {
    for await (const batch of parser as AsyncIterable<TextBatch>) yield batch;
  } catch (error) {
    throw explain(error, path, field);
  } finally {
    file.destroy();
    parser.destroy();
  }
}

async function readHead(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** NUL bytes and broken UTF-8 are the marks of what is no text. */
function refuseBinary(head: Buffer, path: string, field: string): void {
  // The last character may have been cut in two.
  const text = head.subarray(0, Math.max(1, head.length - 4));
  const isText = !text.includes(0) && isUtf8(text);
  if (isText) return;
  throw new InputError({
    code: 'NotText',
    field,
    value: path,
    expected: 'a CSV, TSV or Parquet file; this is binary, or text that is not UTF-8',
    remedy: 'Name a table, or convert the file to UTF-8.',
  });
}

function isUtf8(bytes: Buffer): boolean {
  // The cut may fall up to three bytes into a character.
  return [0, 1, 2, 3].some((cut) => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, bytes.length - cut));
      return true;
    } catch {
      return false;
    }
  });
}

function explain(error: unknown, path: string, field: string): unknown {
  if (!(error instanceof CsvError)) return error;
  const problem = { code: 'MalformedCsv', field, value: path };
  const line = (error['lines'] as number | undefined) ?? '?';
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
    case 'CSV_RECORD_INCONSISTENT_COLUMNS': {
      const record = error['record'] as unknown[] | undefined;
      return new InputError({
        ...problem,
        expected: `as many fields in each row as in the first; line ${line} has ${record?.length ?? 'another number'}`,
        remedy: `Mend line ${line}: look for a separator in unquoted text, or a missing field.`,
      });
    }
    case 'CSV_MAX_RECORD_SIZE':
      return new InputError({
        ...problem,
        expected: `fields and rows under ${LONGEST_ROW / 2 ** 20} MiB; line ${line} is longer`,
        remedy: `Mend line ${line}: look for a quote that is never closed, or drop the column.`,
      });
    default:
      return new InputError({
        ...problem,
        expected: `well-formed CSV; line ${line}: ${error.message}`,
        remedy: `Mend line ${line}, or set format.quote and format.separator.`,
      });
  }
}
