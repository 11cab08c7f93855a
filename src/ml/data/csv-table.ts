import { pipeline } from 'node:stream';
import { CsvError, type Options } from 'csv-parse';
import { InputError } from '../../errors.ts';
import type { Job } from '../../schemas/job.ts';
import { BatchParser, RaggedRow, type TextBatch } from './batch-parser.ts';
import { findSeparator } from './find-separator.ts';
import { type HeaderNames, nameColumns } from './header-names.ts';
import { plainFormat, plainRows } from './plain-rows.ts';
import type { PlainFormat } from './row-splitter.ts';
import { BATCH_ROWS, type ReadOptions, type Table } from './table.ts';
import { explainGzip, type TextSource } from './text/text-source.ts';
import type { RowThreads } from './threads/row-threads.ts';

/** Characters of a row at most: a longer one is a forgotten quote, or no table at all. */
const LONGEST_ROW = 4 * 2 ** 20;

/** What a block of rows has at most: for more, it would not stay in a core's own memory. */
const BLOCK_BYTES = 2 ** 20;
const BLOCK_CELLS = 2 ** 17;
const BLOCK_ROWS = 2 ** 13;

const BEGINNING: TextBatch['end'] = { kind: 'byte', byte: 0, line: 0 };

interface CsvSource {
  readonly text: TextSource;
  readonly format: Job['format'];
  readonly field: string;
}

/** Separated text, read as a stream. */
export class CsvTable implements Table {
  readonly path: string;
  readonly files: readonly string[];
  readonly format: string;
  readonly bytes: number;
  readonly columns: readonly string[];
  readonly repeated: readonly string[];
  readonly notes: readonly string[];
  readonly isText = true;
  readonly blockRows: number;
  readonly #text: TextSource;
  readonly #options: Options;
  readonly #field: string;
  readonly #hasHeader: boolean;
  readonly #mayBeFewer: boolean;
  /** Where the first row ends. */
  readonly #firstEnd: TextBatch['end'];
  /** Null where only a parser can tell rows from each other. */
  readonly #plain: PlainFormat | null;

  private constructor(
    { text, format, field }: CsvSource,
    separator: string,
    options: Options,
    { columns, repeated, notes }: HeaderNames,
    firstEnd: TextBatch['end'],
  ) {
    this.path = text.path;
    this.files = [text.path];
    this.bytes = text.bytes;
    this.format = [`CSV, separator ${JSON.stringify(separator)}`, text.manner]
      .filter(Boolean)
      .join(', ');
    this.columns = columns;
    this.repeated = repeated;
    this.notes = [...text.notes, ...notes];
    this.#text = text;
    this.#field = field;
    this.#options = options;
    this.#hasHeader = format.header;
    this.#mayBeFewer = format.ragged === 'pad';
    this.#firstEnd = firstEnd;
    const { quote } = format;
    const rowBytes = text.head.length / text.head.split('\n').length;
    const most = Math.min(BLOCK_ROWS, BLOCK_BYTES / rowBytes, BLOCK_CELLS / columns.length);
    this.blockRows = Math.ceil(most);
    this.#plain = plainFormat(text.head, { separator, quote, fields: columns.length });
  }

  static async open(source: CsvSource): Promise<CsvTable> {
    const { text, format, field } = source;
    const separator = format.separator ?? findSeparator(text.head, format.quote);
    const options: Options = {
      bom: true,
      delimiter: separator,
      quote: format.quote === '' ? null : format.quote,
      escape: format.quote === '' ? null : format.quote,
      skip_empty_lines: true,
      max_record_size: LONGEST_ROW,
    };
    const parser = new BatchParser({ ...options, to: 2 }, { batchRows: 1, skipsFirst: false });
    const rows = readBatches(text, parser, field);
    const first = (await rows.next()).value;
    const needed = format.header ? (await rows.next()).value : first;
    if (first === undefined || needed === undefined) {
      throw new InputError({
        code: 'NoRows',
        field,
        value: text.path,
        expected: 'at least one row below the header',
        remedy: 'Name a table with rows.',
      });
    }
    await rows.return(undefined);
    const names = readHeader(format.header, first.rows[0] ?? [], needed.rows[0] ?? []);
    return new CsvTable(source, separator, options, names, first.end);
  }

  async *batches({
    from = null,
    batchRows = BATCH_ROWS,
    threads,
  }: ReadOptions = {}): AsyncGenerator<TextBatch> {
    if (from !== null && from.kind !== 'byte') throw new TypeError('A CSV file is read by bytes.');
    const start = from ?? (this.#hasHeader ? this.#firstEnd : BEGINNING);
    if (this.#plain === null) {
      yield* this.#parse(batchRows, from);
      return;
    }
    const rest = yield* this.#split(this.#plain, batchRows, start, threads);
    if (rest !== null) yield* this.#parse(batchRows, rest);
  }

  /** As far as rows are plain. */
  async *#split(
    plain: PlainFormat,
    batchRows: number,
    from: TextBatch['end'],
    threads: RowThreads | undefined,
  ) {
    try {
      return yield* plainRows(this.#text, plain, batchRows, from, threads);
    } catch (error) {
      throw explain(explainGzip(error, this.path, this.#field), this.path, this.#field);
    }
  }

  async *#parse(batchRows: number, from: TextBatch['end'] | null): AsyncGenerator<TextBatch> {
    const skipsFirst = this.#hasHeader || from !== null;
    const fields = { count: this.columns.length, mayBeFewer: this.#mayBeFewer };
    const parser = new BatchParser(this.#options, { batchRows, skipsFirst, from, fields });
    // The first row says how lines end.
    if (from !== null) parser.write(await readHead(this.#text, this.#firstEnd.byte));
    yield* readBatches(this.#text, parser, this.#field, from?.byte);
  }
}

/** Names of the columns, by the first row and the one below it. */
function readHeader(
  hasHeader: boolean,
  first: readonly string[],
  below: readonly string[],
): HeaderNames {
  if (!hasHeader) {
    const columns = first.map((_, index) => `column${index + 1}`);
    return { columns, repeated: [], notes: [] };
  }
  // As R writes row names: without a name of their own.
  const hasRowNames = below.length === first.length + 1 && below.at(-1)?.trim() !== '';
  return nameColumns(hasRowNames ? ['', ...first] : first);
}

async function* readBatches(
  text: TextSource,
  parser: BatchParser,
  field: string,
  start = 0,
): AsyncGenerator<TextBatch, undefined, undefined> {
  pipeline(text.read(start), parser, () => undefined);
  try {
    for await (const batch of parser as AsyncIterable<TextBatch>) yield batch;
  } catch (error) {
    throw explain(explainGzip(error, text.path, field), text.path, field);
  } finally {
    parser.destroy();
  }
}

async function readHead(text: TextSource, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of text.read()) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length >= bytes) break;
  }
  return Buffer.concat(chunks).subarray(0, bytes);
}

function explain(error: unknown, path: string, field: string): unknown {
  const problem = { code: 'MalformedCsv', field, value: path };
  if (error instanceof RaggedRow) {
    const { line, fields } = error;
    return new InputError({
      ...problem,
      expected: `as many fields in each row as in the first; line ${line} has ${fields}`,
      remedy: `Mend line ${line}: look for a separator in unquoted text, or a missing field; format.ragged 'pad' takes fields missing at the end as empty.`,
    });
  }
  if (!(error instanceof CsvError)) return error;
  const line = (error['lines'] as number | undefined) ?? '?';
  switch (error.code) {
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
