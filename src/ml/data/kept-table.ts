import type { SourceRows } from './source-rows.ts';
import { BATCH_ROWS, type ReadOptions, type Table, type TableBatch } from './table.ts';
import { CellBatch } from './text-cells.ts';

/** Of text and the places of its cells: all of a table of a million rows, or the beginning of a larger one. */
const MOST_BYTES = 5 * 2 ** 26;

/**
 * A table of text that is read more than once: as much of it as fits is kept in memory, split into
 * cells, and neither read nor split again.
 */
export function keptTable(table: Table, mostBytes = MOST_BYTES): Table {
  const kept = new KeptBatches(mostBytes);
  return { ...table, batches: (options) => kept.batches(table, options) };
}

/** The first batches of a table. */
class KeptBatches {
  readonly #mostBytes: number;
  readonly #kept: TableBatch[] = [];
  #batchRows: number | undefined;
  #keptBytes = 0;
  #isWhole = false;
  #isFull = false;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  async *batches(
    table: Table,
    { from = null, batchRows = BATCH_ROWS, threads }: ReadOptions = {},
  ): AsyncGenerator<TableBatch> {
    this.#batchRows ??= batchRows;
    if (from !== null || batchRows !== this.#batchRows) {
      yield* table.batches({ from, batchRows, threads });
      return;
    }
    yield* this.#kept;
    if (this.#isWhole) return;
    const after = this.#kept.at(-1)?.end ?? null;
    for await (const batch of table.batches({ from: after, batchRows, threads })) {
      yield this.#keep(batch);
    }
    this.#isWhole = !this.#isFull;
  }

  /** The batch, as it may be given again. Strings would take many times the memory of what they are made of. */
  #keep(batch: TableBatch): TableBatch {
    const { cells } = batch;
    const bytes = cells === undefined ? 0 : cells.bytes.length + 8 * cells.starts.length;
    this.#isFull ||= cells === undefined || this.#keptBytes + bytes > this.#mostBytes;
    if (this.#isFull || cells === undefined) return batch;
    const kept = new CellBatch(cells, batch.end);
    this.#kept.push(kept);
    this.#keptBytes += bytes;
    return kept;
  }
}

/** The same rows, of which some are kept once they are read. */
export const keepingText = (source: SourceRows): SourceRows => {
  const keep = (table: Table) => (table.isText ? keptTable(table) : table);
  const { table, testTable, imageColumn } = source;
  return imageColumn === null
    ? { table: keep(table), testTable: testTable && keep(testTable), imageColumn }
    : source;
};
