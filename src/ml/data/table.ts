/** A raw table that can be read many times, in order, in bounded memory. */
export interface Table {
  readonly path: string;
  readonly format: string;
  readonly bytes: number;
  readonly columns: readonly string[];
  /** Rows in order, some hundreds at a time; cells in the order of `columns`. */
  batches(): AsyncIterable<readonly (readonly unknown[])[]>;
}

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
