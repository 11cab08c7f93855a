import type { Job } from '../../schemas/job.ts';
import { checkColumns, columnNotFound } from './check-columns.ts';
import { openTable } from './open-table.ts';
import type { Table } from './table.ts';

/** The rows of a job: those of its table, then those of its test table, if it has one. */
export interface SourceRows {
  readonly table: Table;
  /** Holds test rows alone. */
  readonly testTable: Table | null;
}

/** Some rows, of one table. */
export interface SourceBatch {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Of the first row, counted over both tables from 0. */
  readonly start: number;
  readonly isTestTable: boolean;
}

/** Opens what the job names, and checks the columns that it names. */
export async function openSource(job: Job): Promise<SourceRows> {
  const table = await openTable(job.data, job.format);
  checkColumns(job, table.columns);
  if (job.split.kind !== 'file') return { table, testTable: null };
  const testTable = await openTable(job.split.test, job.format, 'split.test');
  if (!testTable.columns.includes(job.target)) {
    throw columnNotFound('target', job.target, testTable.columns);
  }
  return { table, testTable };
}

/** Reads all rows in order. */
export async function* readSource(
  { table, testTable }: SourceRows,
  signal: AbortSignal,
): AsyncGenerator<SourceBatch> {
  let start = 0;
  for (const each of testTable === null ? [table] : [table, testTable]) {
    for await (const rows of each.batches()) {
      signal.throwIfAborted();
      yield { columns: each.columns, rows, start, isTestTable: each === testTable };
      start += rows.length;
    }
  }
}
