import type { TablePosition } from '../../schemas/preparation-state.ts';
import type { TextCells } from './text-cells.ts';
import type { RowThreads } from './threads/row-threads.ts';

/** Rows of a batch, unless it is asked for others. */
export const BATCH_ROWS = 512;

export interface TableBatch {
  /** Cells in the order of the table's columns. */
  readonly rows: readonly (readonly unknown[])[];
  /** The same by their bytes, where all are text; who can do with these has no strings made. */
  readonly cells?: TextCells | undefined;
  /** Where the next batch begins. */
  readonly end: TablePosition;
  /** Lets the memory of the cells be used again, once nobody looks at them any more; it need not be called. */
  readonly release?: (() => void) | undefined;
}

export interface ReadOptions {
  /** The end of a batch that was read before, of the same file. */
  readonly from?: TablePosition | null;
  readonly batchRows?: number;
  /** That split rows beside this one. */
  readonly threads?: RowThreads | undefined;
}

/** A raw table that can be read many times, in order, in bounded memory. */
export interface Table {
  readonly path: string;
  /** Those whose bytes make it, in the order of its rows. */
  readonly files: readonly string[];
  readonly format: string;
  readonly bytes: number;
  readonly columns: readonly string[];
  /** Names of columns that stood there more than once, before they were told apart. */
  readonly repeated: readonly string[];
  /** What its owner should know of how it is read. */
  readonly notes: readonly string[];
  /** Whether all cells are text. */
  readonly isText: boolean;
  /** Rows of a batch that is worth the while of another thread. */
  readonly blockRows?: number;
  /** Rows in order, in batches of one size; only the last is smaller. */
  batches(options?: ReadOptions): AsyncIterable<TableBatch>;
}

/** How many rows a batch has. */
export const countRows = (batch: Pick<TableBatch, 'rows' | 'cells'>): number =>
  batch.cells?.rows ?? batch.rows.length;

/** A row as a raw record. */
export function toRecord(
  columns: readonly string[],
  cells: readonly unknown[],
): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  columns.forEach((name, index) => {
    record[name] = cells[index];
  });
  return record;
}
