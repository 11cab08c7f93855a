import type { DuckDBTimestampTZValue, DuckDBValue } from '@duckdb/node-api';
import { InputError } from '../../errors.ts';
import { firstLine, loadDuckDb } from './duckdb.ts';
import { BATCH_ROWS, type ReadOptions, type Table, type TableBatch } from './table.ts';

/** A Parquet file, read by DuckDB in the order of its rows. */
export class ParquetTable implements Table {
  readonly format = 'Parquet';
  readonly repeated = [];
  readonly notes = [];
  readonly isText = false;
  readonly path: string;
  readonly files: readonly string[];
  readonly bytes: number;
  readonly columns: readonly string[];

  private constructor(path: string, bytes: number, columns: readonly string[]) {
    this.path = path;
    this.files = [path];
    this.bytes = bytes;
    this.columns = columns;
  }

  static async open(path: string, bytes: number, field: string): Promise<ParquetTable> {
    try {
      const rows = await query(`select * from read_parquet(${quote(path)}) limit 0`);
      return new ParquetTable(path, bytes, rows.columnNames());
    } catch (error) {
      throw new InputError(
        {
          code: 'NotParquet',
          field,
          value: path,
          expected: 'a whole Parquet file',
          remedy: `Write the file again: ${firstLine(error)}`,
        },
        { cause: error },
      );
    }
  }

  async *batches({
    from = null,
    batchRows = BATCH_ROWS,
  }: ReadOptions = {}): AsyncGenerator<TableBatch> {
    if (from !== null && from.kind !== 'row')
      throw new TypeError('A Parquet file is read by rows.');
    let row = from?.row ?? 0;
    let rows: unknown[][] = [];
    const { DuckDBTimestampTZValue: Moment } = await loadDuckDb();
    const found = await query(this.#select(row));
    for (;;) {
      const chunk = await found.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      for (const cells of chunk.getRows()) {
        rows.push(cells.map((cell) => toRaw(cell, Moment)));
        if (rows.length < batchRows) continue;
        row += rows.length;
        yield { rows, end: { kind: 'row', row } };
        rows = [];
      }
    }
    if (rows.length > 0) yield { rows, end: { kind: 'row', row: row + rows.length } };
  }

  #select(from: number): string {
    const file = quote(this.path);
    if (from === 0) return `select * from read_parquet(${file})`;
    // A filter on the number passes over whole row groups; an offset has to decode what it skips.
    return this.columns.some((name) => name.toLowerCase() === 'file_row_number')
      ? `select * from read_parquet(${file}) offset ${from}`
      : `select * exclude (file_row_number) from read_parquet(${file}, file_row_number = true)
         where file_row_number >= ${from}`;
  }
}

async function query(sql: string) {
  const { DuckDBInstance } = await loadDuckDb();
  // One thread, so that rows come in the order of the file.
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  return connection.stream(sql);
}

/** DuckDB's values as raw records hold them. */
function toRaw(value: DuckDBValue, Moment: typeof DuckDBTimestampTZValue): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return value;
  // It would print in the zone of this machine.
  if (value instanceof Moment) return new Date(Number(value.micros / 1_000n));
  // Decimals, dates and times print as SQL does: 12.50, 2026-01-31, 2026-01-31 12:00:00.
  return String(value);
}

/** A path as SQL, in which `*`, `?` and `[` stand for themselves and not for other files. */
const quote = (path: string): string =>
  `'${path.replaceAll(/[*?[]/g, '[$&]').replaceAll("'", "''")}'`;
