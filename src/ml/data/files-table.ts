import { InputError } from '../../errors.ts';
import type { FilePosition } from '../../schemas/preparation-state.ts';
import { BATCH_ROWS, type ReadOptions, type Table, type TableBatch } from './table.ts';
import { CellBatch } from './text-cells.ts';
import type { RowThreads } from './threads/row-threads.ts';

interface TablePart {
  readonly table: Table;
  /** Where each column of the whole stands in it. */
  readonly places: readonly number[];
}

/** Several files with the same columns, in any order, as one table: the rows of one after those of another. */
export class FilesTable implements Table {
  readonly path: string;
  readonly files: readonly string[];
  readonly format: string;
  readonly bytes: number;
  readonly columns: readonly string[];
  readonly repeated: readonly string[];
  readonly notes: readonly string[];
  readonly isText: boolean;
  readonly blockRows: number;
  readonly #parts: readonly TablePart[];

  /** @throws InputError where the columns of a table differ from those of the first */
  constructor(tables: readonly [Table, ...Table[]], field: string) {
    const [first] = tables;
    this.path = first.path;
    this.files = tables.flatMap(({ files }) => files);
    this.bytes = tables.reduce((sum, { bytes }) => sum + bytes, 0);
    this.columns = first.columns;
    this.repeated = [...new Set(tables.flatMap(({ repeated }) => repeated))];
    const formats = [...new Set(tables.map(({ format }) => format))];
    this.format = `${tables.length} files: ${formats.join('; ')}`;
    this.notes = tables.flatMap(({ path, notes }) => notes.map((note) => `${path}: ${note}`));
    this.isText = tables.every(({ isText }) => isText);
    this.blockRows = Math.min(...tables.map(({ blockRows = BATCH_ROWS }) => blockRows));
    this.#parts = tables.map((table) => {
      refuseOtherColumns(first, table, field);
      return { table, places: this.columns.map((name) => table.columns.indexOf(name)) };
    });
  }

  async *batches({
    from = null,
    batchRows = BATCH_ROWS,
    threads,
  }: ReadOptions = {}): AsyncGenerator<TableBatch> {
    if (from !== null && from.kind !== 'file') throw new TypeError('Files are read by file.');
    let rows: (readonly unknown[])[] = [];
    let last: TableBatch['end'] | undefined;
    for (const [file, part] of this.#parts.entries()) {
      if (from !== null && file < from.file) continue;
      const within = from !== null && file === from.file ? from.within : null;
      for await (const batch of readAligned(
        part.table,
        within,
        { batchRows, threads },
        rows.length,
      )) {
        last = { kind: 'file', file, within: batch.end as FilePosition };
        if (rows.length === 0 && batch.cells?.rows === batchRows) {
          yield new CellBatch(batch.cells.pick(part.places), last, batch.release);
          continue;
        }
        for (const row of batch.rows) rows.push(part.places.map((place) => row[place]));
        if (rows.length < batchRows) continue;
        yield { rows, end: last };
        rows = [];
      }
    }
    if (rows.length > 0 && last !== undefined) yield { rows, end: last };
  }
}

/** Batches of which the first makes a whole one with rows that are there already. */
async function* readAligned(
  table: Table,
  from: FilePosition | null,
  options: { readonly batchRows: number; readonly threads: RowThreads | undefined },
  pending: number,
): AsyncGenerator<TableBatch> {
  let at: TableBatch['end'] | null = from;
  if (pending > 0) {
    const wanted = options.batchRows - pending;
    let found = 0;
    for await (const batch of table.batches({ from: at, batchRows: wanted })) {
      yield batch;
      at = batch.end;
      found = batch.rows.length;
      break;
    }
    if (found < wanted) return;
  }
  yield* table.batches({ from: at, ...options });
}

function refuseOtherColumns(first: Table, table: Table, field: string): void {
  const missing = first.columns.filter((name) => !table.columns.includes(name));
  const further = table.columns.filter((name) => !first.columns.includes(name));
  if (missing.length + further.length === 0) return;
  const named = (names: readonly string[]) => names.slice(0, 5).join(', ');
  const faults = [
    missing.length === 0 ? '' : `it lacks ${named(missing)}`,
    further.length === 0 ? '' : `it has ${named(further)} beside them`,
  ];
  throw new InputError({
    code: 'OtherColumns',
    field,
    value: table.path,
    expected: `the columns of ${first.path}; ${faults.filter(Boolean).join(', and ')}`,
    remedy: 'Give the files the same columns, or leave this one out.',
  });
}
