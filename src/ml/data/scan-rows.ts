import { createHash } from 'node:crypto';
import type { Job } from '../../schemas/job.ts';
import { cellText } from './cell.ts';
import { readSource, type SourceRows } from './source-rows.ts';
import type { SplitCells } from './split.ts';

/** What the split and the cleaning need to know of every row. */
export interface ScannedRows extends SplitCells {
  /** Rows of the job's own table; those after it are of the test table. */
  readonly tableRows: number;
  /** A digest of each row's cells: equal for equal rows. */
  readonly digests: readonly string[];
}

/** Reads all rows once, keeping of each its target, its cell of the split's column, and a digest. */
export async function scanRows(
  source: SourceRows,
  job: Job,
  { onRows, signal }: { onRows(rows: number): void; signal: AbortSignal },
): Promise<ScannedRows> {
  const missing = new Set(job.columns.missing);
  const splitColumn = 'column' in job.split ? job.split.column : undefined;
  const target: (string | null)[] = [];
  const column: (string | null)[] = [];
  const digests: string[] = [];
  const intern = interner();
  let tableRows = 0;
  for await (const { columns, rows, isTestTable } of readSource(source, signal)) {
    const targetIndex = columns.indexOf(job.target);
    const splitIndex = splitColumn === undefined ? -1 : columns.indexOf(splitColumn);
    for (const cells of rows) {
      target.push(intern(cellText(cells[targetIndex], missing)));
      if (splitIndex >= 0) column.push(intern(cellText(cells[splitIndex], missing)));
      // A column that says "train" or "test" would make every test row differ from all others.
      digests.push(digest(job.split.kind === 'column' ? cells.toSpliced(splitIndex, 1) : cells));
    }
    if (!isTestTable) tableRows += rows.length;
    onRows(target.length);
  }
  return {
    rows: target.length,
    tableRows,
    target,
    column: splitColumn === undefined ? undefined : column,
    digests,
  };
}

/** 96 bits tell a billion rows apart. */
const digest = (cells: readonly unknown[]): string =>
  createHash('sha1')
    .update(cells.map((cell) => String(cell)).join('\u001f'))
    .digest()
    .toString('latin1', 0, 12);

/** Gives equal texts one string, since classes and groups repeat. */
function interner(): (text: string | null) => string | null {
  const known = new Map<string, string>();
  return (text) => {
    if (text === null) return null;
    const seen = known.get(text);
    if (seen !== undefined) return seen;
    // Cut from a file's buffer, a text would keep that buffer alive.
    const own = Buffer.from(text).toString();
    if (known.size < 10_000) known.set(own, own);
    return own;
  };
}
