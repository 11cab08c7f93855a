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
}

/** A parser of separated text that gives rows in batches, and knows the byte at which each batch ends. */
export class BatchParser extends Parser {
  readonly #batchRows: number;
  readonly #from: BytePosition | null;
  #skips: boolean;
  /** Byte in the file less byte in what was given. */
  #shift = 0;
  #rows: string[][] = [];
  /** Of the last row; at the end of the text, the parser stands further. */
  #end = { byte: 0, line: 0 };

  constructor(options: Options, { batchRows, skipsFirst, from = null }: BatchOptions) {
    // One batch ahead, instead of the sixteen that are usual for objects.
    super({ ...options, readableHighWaterMark: 1 } as Options);
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
    this.#rows.push(row);
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
