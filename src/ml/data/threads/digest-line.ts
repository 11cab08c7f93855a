import { digestsOf } from '../row-digests.ts';
import type { RowScan } from '../scan-rows.ts';
import type { SourceBatch } from '../source-rows.ts';
import { BlockLine, type RowThreads } from './row-threads.ts';
import { cellsIn, cellsOfStrings } from './shared-rows.ts';

/** Scans rows of text, whose digests are made by the thread that has least to do. */
export function digestLine(
  threads: RowThreads,
  scan: RowScan,
): (batch: SourceBatch) => Promise<void> {
  let without: number | undefined;
  const line = new BlockLine(
    threads,
    async (rows) =>
      threads.free?.ask('digest', { rows, without }) ?? digestsOf(cellsIn(rows), without),
    (digests) => scan.addDigests(digests),
  );
  return async (batch) => {
    const cells = batch.cells ?? cellsOfStrings(batch.rows);
    without = scan.leftOut(batch);
    scan.takeTexts(batch, cells);
    await line.add(cells, batch.start);
    if (batch.next !== null) await line.finish();
  };
}
