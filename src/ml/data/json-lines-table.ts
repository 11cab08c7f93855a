import { InputError } from '../../errors.ts';
import type { FilePosition } from '../../schemas/preparation-state.ts';
import { BATCH_ROWS, type ReadOptions, type Table, type TableBatch } from './table.ts';
import { explainGzip, type TextSource } from './text/text-source.ts';

/** Bytes of a record at most. */
const LONGEST_LINE = 4 * 2 ** 20;
const NEWLINE = 0x0a;

type JsonRecord = Readonly<Record<string, unknown>>;

interface Line {
  readonly record: JsonRecord;
  readonly number: number;
  readonly end: Extract<FilePosition, { kind: 'byte' }>;
}

/** One JSON object a line. Its columns are the keys of the first lines; a key that is not there is missing. */
export class JsonLinesTable implements Table {
  readonly path: string;
  readonly files: readonly string[];
  readonly format: string;
  readonly bytes: number;
  readonly columns: readonly string[];
  readonly repeated = [];
  readonly notes: readonly string[];
  readonly isText = false;
  readonly #text: TextSource;
  readonly #field: string;
  readonly #known: ReadonlySet<string>;

  private constructor(text: TextSource, columns: readonly string[], field: string) {
    this.path = text.path;
    this.files = [text.path];
    this.bytes = text.bytes;
    this.format = ['JSON lines', text.manner].filter(Boolean).join(', ');
    this.notes = text.notes;
    this.columns = columns;
    this.#text = text;
    this.#field = field;
    this.#known = new Set(columns);
  }

  static async open(text: TextSource, field: string): Promise<JsonLinesTable> {
    const columns = new Set<string>();
    let rows = 0;
    for await (const { record, end } of readLines(text, field)) {
      for (const key of Object.keys(record)) columns.add(key);
      rows += 1;
      if (end.byte >= text.head.length) break;
    }
    if (rows > 0) return new JsonLinesTable(text, [...columns], field);
    throw new InputError({
      code: 'NoRows',
      field,
      value: text.path,
      expected: 'a JSON object a line, one at least',
      remedy: 'Name a table with rows.',
    });
  }

  async *batches({
    from = null,
    batchRows = BATCH_ROWS,
  }: ReadOptions = {}): AsyncGenerator<TableBatch> {
    if (from !== null && from.kind !== 'byte') throw new TypeError('JSON lines are read by bytes.');
    let rows: unknown[][] = [];
    let last: Line['end'] | undefined;
    for await (const line of readLines(this.#text, this.#field, from ?? undefined)) {
      rows.push(this.#cells(line));
      last = line.end;
      if (rows.length < batchRows) continue;
      yield { rows, end: last };
      rows = [];
    }
    if (rows.length > 0 && last !== undefined) yield { rows, end: last };
  }

  #cells({ record, number }: Line): unknown[] {
    const stranger = Object.keys(record).find((key) => !this.#known.has(key));
    if (stranger !== undefined) {
      throw malformed(
        this.#text.path,
        this.#field,
        `keys that the first lines have; line ${number} has '${stranger}'`,
        `Write '${stranger}' into the first line, as null if need be.`,
      );
    }
    return this.columns.map((name) => cellOf(record[name]));
  }
}

/** Lists and objects as text, so that equal ones are equal. */
const cellOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : value;

async function* readLines(
  text: TextSource,
  field: string,
  from: { readonly byte: number; readonly line: number } = { byte: 0, line: 0 },
): AsyncGenerator<Line> {
  let [byte, number] = [from.byte, from.line];
  let pending: Buffer = Buffer.alloc(0);
  const read = (bytes: Buffer) => parseLine(bytes, number, text.path, field);
  try {
    for await (const chunk of text.read(from.byte)) {
      pending =
        pending.length === 0 ? (chunk as Buffer) : Buffer.concat([pending, chunk as Buffer]);
      let start = 0;
      for (;;) {
        const at = pending.indexOf(NEWLINE, start);
        if (at < 0) break;
        number += 1;
        byte += at + 1 - start;
        const record = read(pending.subarray(start, at));
        start = at + 1;
        if (record !== null) yield { record, number, end: { kind: 'byte', byte, line: number } };
      }
      pending = pending.subarray(start);
      if (pending.length > LONGEST_LINE) {
        throw malformed(
          text.path,
          field,
          `lines under ${LONGEST_LINE / 2 ** 20} MiB; line ${number + 1} is longer`,
          'Write one record a line.',
        );
      }
    }
  } catch (error) {
    throw explainGzip(error, text.path, field);
  }
  number += 1;
  const record = read(pending);
  byte += pending.length;
  if (record !== null) yield { record, number, end: { kind: 'byte', byte, line: number } };
}

/** Null for a blank line. */
function parseLine(bytes: Buffer, number: number, path: string, field: string): JsonRecord | null {
  const line = bytes.toString('utf8').replace(/^\ufeff/, '');
  if (line.trim() === '') return null;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as JsonRecord;
    }
  } catch (error) {
    throw malformed(
      path,
      field,
      `a JSON object a line; line ${number}: ${(error as Error).message}`,
      `Mend line ${number}.`,
    );
  }
  throw malformed(
    path,
    field,
    `a JSON object a line; line ${number} is something else`,
    `Mend line ${number}: a list of objects has to be written one object a line.`,
  );
}

const malformed = (path: string, field: string, expected: string, remedy: string): InputError =>
  new InputError({ code: 'MalformedJsonLines', field, value: path, expected, remedy });
