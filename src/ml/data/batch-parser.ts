import { type Options, Parser } from 'csv-parse';
import type { TablePosition } from '../../schemas/preparation-state.ts';
import type { TableBatch } from './table.ts';

type BytePosition = Extract<TablePosition, { kind: 'byte' }>;

/** Rows of text with the place where they end. */
export interface TextBatch extends TableBatch {
  readonly rows: readonly (readonly string[])[];
  readonly end: BytePosition;
}

export interface BatchOptions {
  readonly batchRows: number;
  /** The first row is no data: a header, or there to say how the others look. */
  readonly skipsFirst: boolean;
  /** Where the rows after the first stand in the file, where the parser is not given those between. */
  readonly from?: BytePosition | null;
  /** Fields of a row; rows are taken as they are without it. */
  readonly fields?: RowFields;
}

export interface RowFields {
  readonly count: number;
  /** Whether a row may have fewer: those at its end are empty. */
  readonly mayBeFewer: boolean;
}

/** A row with fewer or more fields than it should have. */
export class RaggedRow extends Error {
  override readonly name = 'RaggedRow';
  readonly line: number;
  readonly fields: number;

  constructor(line: number, fields: number) {
    super(`Line ${line} has ${fields} fields.`);
    this.line = line;
    this.fields = fields;
  }
}

/** A parser of separated text that gives rows in batches, and knows the byte at which each batch ends. */
export class BatchParser extends Parser {
  readonly #batchRows: number;
  readonly #from: BytePosition | null;
  readonly #fields: RowFields | undefined;
  #skips: boolean;
  /** Byte in the file less byte in what was given. */
  #shift = 0;
  #rows: string[][] = [];
  /** Of the last row; at the end of the text, the parser stands further. */
  #end = { byte: 0, line: 0 };

  constructor(options: Options, { batchRows, skipsFirst, from = null, fields }: BatchOptions) {
    // One batch ahead, instead of the sixteen that are usual for objects.
    super({ ...options, relax_column_count: true, readableHighWaterMark: 1 } as Options);
    this.#fields = fields;
    this.#batchRows = batchRows;
    this.#from = from;
    this.#skips = skipsFirst;
  }

  /** Called for each row while the parser stands at its end, and with null after the last. */
  override push(row: string[] | null): boolean {
    if (row === null) {
      this.#flush();
      return super.push(null);
    }
    if (this.#skips) {
      this.#skips = false;
      this.#jump();
      return true;
    }
    const whole = this.#fields === undefined ? row : fit(row, this.#fields);
    if (whole === null) return true;
    if (whole === undefined) {
      this.destroy(new RaggedRow(this.info.lines, row.length));
      return false;
    }
    this.#rows.push(whole);
    this.#end.byte = this.info.bytes + this.#shift;
    this.#end.line = this.info.lines;
    return this.#rows.length < this.#batchRows || this.#flush();
  }

  #flush(): boolean {
    if (this.#rows.length === 0) return true;
    const batch: TextBatch = { rows: this.#rows, end: { kind: 'byte', ...this.#end } };
    this.#rows = [];
    return super.push(batch);
  }

  /** What comes next stands elsewhere in the file; errors are to name its lines. */
  #jump(): void {
    if (this.#from === null) return;
    this.#shift = this.#from.byte - this.info.bytes;
    (this.info as { lines: number }).lines = this.#from.line;
  }
}

/** A row with as many fields as it should have; null for a blank line, undefined for a ragged row. */
function fit(row: string[], { count, mayBeFewer }: RowFields): string[] | null | undefined {
  if (row.length === count) return row;
  if (row.length === 1 && isBlank(row[0])) return null;
  if (row.length < count) {
    return mayBeFewer
      ? [...row, ...Array.from({ length: count - row.length }, () => '')]
      : undefined;
  }
  return row.slice(count).every(isBlank) ? row.slice(0, count) : undefined;
}

const isBlank = (cell: string | undefined): boolean => cell === undefined || cell.trim() === '';
