import { canonicalJson } from '../../canonical-json.ts';
import type { ColumnType } from '../../schemas/job.ts';
import { FittedColumns } from '../../schemas/preparation-state.ts';
import type { PreparedData, TargetScale } from '../../schemas/prepared-data.ts';
import type { AssignedRows } from './assign-rows.ts';
import { ColumnProfiles } from './column-profiles.ts';
import { fitColumns } from './fit-columns.ts';
import type { FittedTransform } from './fitted-transform.ts';
import { HeldOutRows } from './held-out-rows.ts';
import type { FittedImage } from './images/fit-image.ts';
import { scanImages } from './images/scan-images.ts';
import type { PassRunner } from './pass-runner.ts';
import type { ScannedRows } from './scan-rows.ts';
import type { SourceBatch } from './source-rows.ts';
import { scaleTarget } from './target-scale.ts';
import { PartsWriter } from './write-parts.ts';

/** What the split and the cleaning need to know of every row. */
export async function scanRows(runner: PassRunner): Promise<ScannedRows> {
  const { source, scan } = runner;
  const { imageColumn: column } = source;
  const take = async (batch: SourceBatch) => {
    if (column === null) scan.take(batch);
    else scan.take(batch, { column, found: await scanImages(batch, column) });
  };
  await runner.run({ name: 'scan', source, take, state: () => ({}) });
  return scan.scanned();
}

/** What each column is, and how it is transformed, by the training rows. */
export async function profileRows(
  runner: PassRunner,
  { parts, targets, problem }: AssignedRows,
  image: FittedImage | null,
  targetScale: TargetScale,
): Promise<FittedColumns> {
  const { job } = runner.options;
  const { state, pieces = [], blobs = [] } = runner.found ?? {};
  if (state?.write) return parseColumns(pieces[0] as Uint8Array);
  const { table, imageColumn } = runner.source;
  const { types, missing } = job.columns;
  const { classes } = problem;
  const typed = (type: ColumnType) => new Set(table.columns.filter((name) => types[name] === type));
  const columns = new ColumnProfiles(
    table.columns,
    new Set(missing),
    parts,
    { grams: job.preprocess.text.grams, columns: typed('text') },
    {
      classes: classes.length,
      seed: job.seed,
      of: (row) => scaleTarget(targets[row] as number, targetScale),
      categories: typed('categorical'),
    },
  );
  const segments = [...(state?.fit?.segments ?? [])];
  if (state?.fit) {
    for (const piece of pieces) columns.grow(piece);
    columns.restore(state.fit.profiles, blobs);
  }
  await runner.run({
    name: 'fit',
    source: { table, testTable: null, imageColumn },
    take: (batch) => columns.take(batch),
    async state(log) {
      segments.push(await log.attach(columns.segment()));
      const { profiles, blobs } = columns.snapshot();
      return { fit: { segments, profiles }, blobs };
    },
  });
  // As an attempt that goes on reads them, to the last bit.
  const { profiles, levelTargets } = columns;
  const target = { numbers: problem.numbers, classes, levelTargets };
  return parseColumns(formatColumns(fitColumns(job, profiles, image, target)));
}

/** Writes the shards of all parts. */
export async function writeRows(
  runner: PassRunner,
  assigned: AssignedRows,
  columns: FittedColumns,
  transform: FittedTransform,
): Promise<PreparedData['parts']> {
  const { source, options, found } = runner;
  const held = new HeldOutRows(transform, columns.outOfFold, options.job.seed);
  const writer = new PartsWriter(assigned, transform, held, options, found?.state.write?.parts);
  try {
    await runner.run({
      name: 'write',
      source,
      take: (batch) => writer.take(batch),
      state: async (log) => ({
        write: { columns: await log.attach(formatColumns(columns)), parts: writer.parts },
      }),
    });
    return writer.parts;
  } finally {
    await writer.abandon();
  }
}

const formatColumns = (columns: FittedColumns): Uint8Array => Buffer.from(canonicalJson(columns));

const parseColumns = (bytes: Uint8Array): FittedColumns =>
  FittedColumns.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
