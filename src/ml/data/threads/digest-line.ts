import { digestsOf } from '../row-digests.ts';
import type { RowScan } from '../scan-rows.ts';
import type { SourceBatch } from '../source-rows.ts';
import { BlockLine, type RowThreads } from './row-threads.ts';

/** Scans rows of text, whose digests are made by the thread that has least to do. */
export function digestLine(
  threads: RowThreads,
  scan: RowScan,
): (batch: SourceBatch) => Promise<void> {
  const line = new BlockLine(
    threads,
    async ({ cells }, batch) => {
      scan.takeTexts(batch, cells);
      const without = scan.leftOut(batch);
      return threads.free?.ask('digest', { cells, without }) ?? digestsOf(cells, without);
    },
    (digests) => scan.addDigests(digests),
  );
  return (batch) => line.add(batch);
}
