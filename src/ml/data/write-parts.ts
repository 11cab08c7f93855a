import type { ArtifactRef } from '../../schemas/artifact.ts';
import type { PartName, PreparedData } from '../../schemas/prepared-data.ts';
import type { AssignedRows } from './assign-rows.ts';
import type { FittedTransform } from './fitted-transform.ts';
import { ShardWriter } from './shard-writer.ts';
import { readSource, type SourceRows } from './source-rows.ts';
import { Part } from './split.ts';
import { toRecord } from './table.ts';

const NAMES: readonly PartName[] = ['fit', 'validation', 'test'];

/** Encodes every row and writes it to the shards of its part. */
export async function writeParts(
  source: SourceRows,
  { parts, targets }: AssignedRows,
  transform: FittedTransform,
  {
    workFolder,
    save,
    onRows,
    signal,
  }: {
    readonly workFolder: string;
    save(path: string, mediaType: string): Promise<ArtifactRef>;
    onRows(rows: number): void;
    readonly signal: AbortSignal;
  },
): Promise<PreparedData['parts']> {
  const writers = NAMES.map((name) => new ShardWriter(transform.layout, workFolder, name, save));
  try {
    for await (const { columns, rows, start } of readSource(source, signal)) {
      for (const [index, writer] of writers.entries()) {
        const wanted = rows.flatMap((_, i) => (parts[start + i] === index ? [i] : []));
        if (wanted.length === 0) continue;
        const records = wanted.map((i) => toRecord(columns, rows[i] as readonly unknown[]));
        await writer.append(
          transform.encode(records),
          Float64Array.from(wanted, (i) => targets[start + i] as number),
        );
      }
      onRows(start + rows.length);
    }
    const [fit, validation, test] = [
      writers[Part.fit],
      writers[Part.validation],
      writers[Part.test],
    ];
    return {
      fit: await (fit as ShardWriter).finish(),
      validation: await (validation as ShardWriter).finish(),
      test: await (test as ShardWriter).finish(),
    };
  } finally {
    for (const writer of writers) await writer.abandon();
  }
}
