import { canonicalJson } from '../../canonical-json.ts';
import type { ColumnType } from '../../schemas/job.ts';
import { FittedColumns } from '../../schemas/preparation-state.ts';
import type { PreparedData, TargetScale } from '../../schemas/prepared-data.ts';
import type { AssignedRows } from './assign-rows.ts';
import { rowChooser } from './choose-rows.ts';
import { fitColumns } from './fit-columns.ts';
import type { FittedTransform } from './fitted-transform.ts';
import type { FittedImage } from './images/fit-image.ts';
import { scanImages } from './images/scan-images.ts';
import type { PassRunner } from './pass-runner.ts';
import { ProfileLanes } from './profile-lanes.ts';
import type { ScannedRows } from './scan-rows.ts';
import type { SourceBatch } from './source-rows.ts';
import { scaleTarget } from './target-scale.ts';
import { digestLine } from './threads/digest-line.ts';
import { PartsWriter } from './write-parts.ts';

/** What the split and the cleaning need to know of every row. */
export async function scanRows(runner: PassRunner): Promise<ScannedRows> {
  const { source, scan, threads } = runner;
  const { imageColumn: column } = source;
  const line = threads === null ? null : digestLine(threads, scan);
  const take = async (batch: SourceBatch) => {
    if (column !== null) scan.take(batch, { column, found: await scanImages(batch, column) });
    else if (line !== null) await line(batch);
    else scan.take(batch);
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
  const lanes = new ProfileLanes(
    {
      columns: table.columns,
      missing: new Set(missing),
      texts: { grams: job.preprocess.text.grams, columns: typed('text') },
      targets: { classes: classes.length, categories: typed('categorical') },
    },
    rowChooser(parts, {
      classes: classes.length,
      seed: job.seed,
      of: (row) => scaleTarget(targets[row] as number, targetScale),
    }),
    runner.threads,
  );
  const segments = [...(state?.fit?.segments ?? [])];
  if (state?.fit) lanes.restore(pieces, state.fit.profiles, blobs);
  await lanes.begin();
  await runner.run({
    name: 'fit',
    source: { table, testTable: null, imageColumn },
    take: (batch) => lanes.take(batch),
    async state(log) {
      const { segment, profiles, blobs } = await lanes.state();
      segments.push(await log.attach(segment));
      return { fit: { segments, profiles }, blobs };
    },
  });
  // As an attempt that goes on reads them, to the last bit.
  const { profiles, levelTargets } = await lanes.end();
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
  const { source, options, found, threads } = runner;
  const fitted = { transform, outOfFold: columns.outOfFold, seed: options.job.seed };
  const writer = new PartsWriter(assigned, fitted, options, threads, found?.state.write?.parts);
  let kept: Promise<string> | undefined;
  try {
    await runner.run({
      name: 'write',
      source,
      take: (batch) => writer.take(batch),
      async state(log) {
        const { published } = writer;
        kept ??= log.attach(formatColumns(columns));
        return { write: { columns: await kept, parts: await published } };
      },
    });
    return await writer.published;
  } finally {
    await writer.abandon();
  }
}

const formatColumns = (columns: FittedColumns): Uint8Array => Buffer.from(canonicalJson(columns));

const parseColumns = (bytes: Uint8Array): FittedColumns =>
  FittedColumns.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
