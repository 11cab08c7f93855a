import { InputError } from '../../errors.ts';
import type { Job } from '../../schemas/job.ts';
import type { SourcePosition } from '../../schemas/preparation-state.ts';
import { checkColumns, columnNotFound } from './check-columns.ts';
import { findImageColumn } from './images/find-image-column.ts';
import { folderOf } from './images/image-folder.ts';
import { openTable } from './open-table.ts';
import { BATCH_ROWS, countRows, type Table } from './table.ts';
import type { TextCells } from './text-cells.ts';
import type { RowThreads } from './threads/row-threads.ts';

/** The rows of a job: those of its table, then those of its test table, if it has one. */
export interface SourceRows {
  readonly table: Table;
  /** Holds test rows alone. */
  readonly testTable: Table | null;
  /** The column whose cells are images. */
  readonly imageColumn: string | null;
}

/** Some rows, of one table. */
export interface SourceBatch {
  readonly columns: readonly string[];
  /** Where relative paths in cells are meant from. */
  readonly folder: string;
  readonly rows: readonly (readonly unknown[])[];
  /** The same by their bytes, where all are text. */
  readonly cells?: TextCells | undefined;
  /** Of the first row, counted over both tables from 0. */
  readonly start: number;
  readonly isTestTable: boolean;
  /** Where a chunk ends with this batch, and a reader may begin; null elsewhere. */
  readonly next: SourcePosition | null;
  /** Lets the memory of the cells be used again, once nobody looks at them any more. */
  readonly release?: (() => void) | undefined;
}

export interface SourceOptions {
  readonly signal: AbortSignal;
  /** Rows of a chunk; each table begins one, so that no place lies in two files. */
  readonly chunkRows: number;
  readonly from?: SourcePosition;
  /** That split rows beside this one. */
  readonly threads?: RowThreads | undefined;
}

/** Decoded at once, and told of when they are. */
const IMAGE_BATCH_ROWS = 128;

/** Opens what the job names, and checks the columns that it names. */
export async function openSource(job: Job): Promise<SourceRows> {
  const table = await openTable(filesOf(job), job.format);
  checkColumns(job, table.columns);
  refuseRepeatedTarget(job, table);
  const imageColumn = await findImageColumn(job, table);
  if (job.split.kind !== 'file') return { table, testTable: null, imageColumn };
  const testTable = await openTable(job.split.test, job.format, 'split.test');
  if (!testTable.columns.includes(job.target)) {
    throw columnNotFound('target', job.target, testTable.columns);
  }
  return { table, testTable, imageColumn };
}

/** Paths and patterns of a job's data. */
export function filesOf({ data }: Pick<Job, 'data'>): string | string[] {
  if (typeof data === 'string' || Array.isArray(data)) return data;
  throw new TypeError('The rows of a query are kept before they are read.');
}

/** Which of them is meant nobody can say, and the other would give the answer away. */
function refuseRepeatedTarget({ target }: Job, { repeated, path }: Table): void {
  if (!repeated.includes(target)) return;
  throw new InputError({
    code: 'DuplicateColumn',
    field: 'target',
    value: target,
    expected: `a column whose name stands there once in ${path}`,
    remedy: `Rename or remove one of the columns '${target}'.`,
  });
}

export const tablesOf = ({ table, testTable }: Pick<SourceRows, 'table' | 'testTable'>): Table[] =>
  testTable === null ? [table] : [table, testTable];

/** Reads rows in order: all, or those from a place on. */
export async function* readSource(
  source: SourceRows,
  { signal, chunkRows, from = { tables: 0, rows: 0, within: null }, threads }: SourceOptions,
): AsyncGenerator<SourceBatch> {
  let start = from.rows;
  for (const [index, table] of tablesOf(source).entries()) {
    if (index < from.tables) continue;
    const within = index === from.tables ? from.within : null;
    const { blockRows = BATCH_ROWS } = table;
    const batchRows = largestDivisor(
      chunkRows,
      source.imageColumn === null ? blockRows : IMAGE_BATCH_ROWS,
    );
    const batches = table.batches({ from: within, batchRows, threads });
    let inChunk = 0;
    for await (const [batch, isLast] of markLast(batches)) {
      signal.throwIfAborted();
      const count = countRows(batch);
      inChunk += count;
      const after = start + count;
      const next = isLast
        ? { tables: index + 1, rows: after, within: null }
        : inChunk === chunkRows && { tables: index, rows: after, within: batch.end };
      const isTestTable = table === source.testTable;
      yield {
        ...{ columns: table.columns, folder: folderOf(table) },
        ...{ start, isTestTable, next: next || null },
        ...{ cells: batch.cells, release: batch.release },
        get rows() {
          return batch.rows;
        },
      };
      if (next) inChunk = 0;
      start = after;
    }
  }
}

async function* markLast<T>(items: AsyncIterable<T>): AsyncGenerator<[item: T, isLast: boolean]> {
  let held: { item: T } | undefined;
  for await (const item of items) {
    if (held !== undefined) yield [held.item, false];
    held = { item };
  }
  if (held !== undefined) yield [held.item, true];
}

/** Chunks hold whole batches. */
function largestDivisor(value: number, most: number): number {
  let divisor = Math.min(value, most);
  while (value % divisor !== 0) divisor -= 1;
  return divisor;
}
