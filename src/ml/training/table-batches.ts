import type { Batch } from './training-data.ts';

/** Rows that are held in memory, dense. */
export interface Table {
  readonly width: number;
  /** [rows, width] */
  readonly features: Float32Array;
  /** [rows] */
  readonly targets: Float64Array;
}

/** Batches of a table in this order, the last one smaller. */
export function* tableBatches(
  table: Table,
  order: Int32Array,
  batchSize: number,
): Generator<TableBatch> {
  for (let start = 0; start < order.length; start += batchSize) {
    yield new TableBatch(table, order.subarray(start, start + batchSize));
  }
}

/** A batch that copies its features out of the table only when they are read. */
class TableBatch implements Batch {
  readonly indices: Int32Array;
  readonly targets: Float64Array;
  readonly #table: Table;

  constructor(table: Table, indices: Int32Array) {
    this.#table = table;
    this.indices = indices;
    this.targets = new Float64Array(indices.length);
    for (let i = 0; i < indices.length; i++) {
      this.targets[i] = table.targets[indices[i] as number] as number;
    }
  }

  get rows(): number {
    return this.indices.length;
  }

  get features(): Float32Array {
    return gatherRows(this.#table.features, this.indices, this.#table.width);
  }
}

/** Rows [indices, width] of a table [rows, width]. */
export function gatherRows(table: Float32Array, indices: Int32Array, width: number): Float32Array {
  const rows = new Float32Array(indices.length * width);
  indices.forEach((from, to) => {
    rows.set(table.subarray(from * width, (from + 1) * width), to * width);
  });
  return rows;
}
