import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../canonical-json.ts';
import { explainFullDisk } from '../../full-disk.ts';
import { DataReport } from '../../schemas/data-report.ts';
import type { ImageReport } from '../../schemas/image.ts';
import type { Job } from '../../schemas/job.ts';
import type { PreparedData, PreparedPart } from '../../schemas/prepared-data.ts';
import type { Transform } from '../../schemas/transform.ts';
import { type AssignedRows, assignRows } from './assign-rows.ts';
import { isPlaceholder } from './cell.ts';
import { findLeaks } from './find-leaks.ts';
import { describeOrder } from './find-order.ts';
import { chooseTargetScale, fitTargetScale } from './fit-target-scale.ts';
import { FittedTransform } from './fitted-transform.ts';
import { hashTables } from './hash-tables.ts';
import { type FittedImage, fitImage } from './images/fit-image.ts';
import { ImageFolder } from './images/image-folder.ts';
import { keepingText } from './kept-table.ts';
import { type PassOptions, PassRunner } from './pass-runner.ts';
import { profileRows, scanRows, writeRows } from './preparation-passes.ts';
import type { ScannedRows } from './scan-rows.ts';
import { openSource, type SourceRows, tablesOf } from './source-rows.ts';
import { Part } from './split.ts';
import { openRows } from './stored-rows.ts';

export type PrepareOptions = PassOptions;

/**
 * From a raw table to rows that models take, in three passes over it, none of which keeps more
 * than a few bytes a row: scan (split, and what is to be predicted), fit (what each column is and
 * how it is transformed, by the training rows), write (shards). An attempt whose log holds the
 * state of an earlier one goes on from there, and comes to the same bytes.
 * @throws InputError for whatever is wrong with the data or does not suit it.
 */
export async function prepareData(options: PrepareOptions): Promise<PreparedData> {
  const source = keepingText(await openSource(options.job));
  const runner = await PassRunner.open(source, options);
  try {
    return await prepareSource(source, runner);
  } finally {
    await runner.close();
  }
}

async function prepareSource(source: SourceRows, runner: PassRunner): Promise<PreparedData> {
  const { options } = runner;
  const { job } = options;
  const scanned = await scanRows(runner);
  // Another thread hashes while this one decides.
  const hashed = runner.threads?.free?.ask('hash', {
    paths: tablesOf(source).flatMap(({ files }) => files),
  });
  const assigned = assignRows(job, scanned);
  const { problem } = assigned;
  const scaling = decideTargetScale(job, assigned);
  const targetScale = fitTargetScale(trainingTargets(assigned), scaling.kind);
  const image = fitImages(source, scanned, assigned, job);
  const columns = await profileRows(runner, assigned, image, targetScale);
  const transform = FittedTransform.parse({
    schemaVersion: 1,
    missing: job.columns.missing,
    operations: columns.operations,
  } satisfies Transform);

  const parts = await writeRows(runner, assigned, columns, transform);
  const open = (name: 'fit' | 'test') =>
    openPart(options, parts[name], { layout: transform.layout, targetScale, task: problem.task });
  const leaks = await findLeaks(
    { fit: await open('fit'), test: await open('test') },
    { problem, transform: transform.document, layout: transform.layout },
    assigned.repeatedTestRows,
  );
  const report = describeData(source, options.query?.title, scanned.rows, parts, {
    dropped: assigned.dropped,
    columns: columns.reports,
    warnings: [
      ...leaks,
      ...orderWarnings(assigned),
      ...tablesOf(source).flatMap(({ notes }) => notes),
      ...columns.warnings,
      ...rowWarnings(assigned),
      ...columnWarnings(source, transform),
    ],
    ...(image && { images: describeImages(source, scanned, image) }),
  });
  return {
    schemaVersion: 1,
    problem,
    decisions: [
      ...assigned.decisions,
      ...scaling.decisions,
      ...(image === null ? [] : [image.decision]),
    ],
    layout: transform.layout,
    targetScale,
    featureNames: [...transform.featureNames],
    transform: await saveJson(options, 'transform', transform.document),
    parts,
    folds: await saveFolds(options, assigned),
    classCounts: countClasses(assigned),
    report: await saveJson(options, 'report', report),
    ...(options.query && { rows: options.query.rows }),
    dataHash: await (hashed ?? hashTables(tablesOf(source), source.imageColumn)),
  };
}

/** Classes have no scale. */
function decideTargetScale({ preprocess, deployment }: Job, assigned: AssignedRows) {
  const { task, metric } = assigned.problem;
  const { targetScale: asked } = preprocess;
  if (task !== 'regression') return { kind: 'none', decisions: [] } as const;
  if (asked !== 'auto') return { kind: asked, decisions: [] };
  const chosen = chooseTargetScale(trainingTargets(assigned), metric, deployment.formats);
  return { kind: chosen.value, decisions: [{ field: 'preprocess.targetScale', ...chosen }] };
}

function describeData(
  { table, testTable }: SourceRows,
  title: string | undefined,
  rows: number,
  { fit, validation, test }: PreparedData['parts'],
  found: Pick<DataReport, 'dropped' | 'columns' | 'warnings' | 'images'>,
): DataReport {
  const bytes = table.bytes + (testTable?.bytes ?? 0);
  return DataReport.parse({
    schemaVersion: 1,
    source: { path: title ?? table.path, format: table.format, bytes, rows },
    rows: { fit: fit.rows, validation: validation.rows, test: test.rows },
    ...found,
  } satisfies DataReport);
}

function rowWarnings(assigned: AssignedRows): string[] {
  const { dropped, unusableTestRows, repeatedTestRows, unreadable } = assigned;
  const warnings: string[] = [];
  if (unreadable.training + unreadable.test > 0) {
    warnings.push(
      `${unreadable.training} images of the training rows and ${unreadable.test} of the test rows can't be read, and are LEFT OUT: see images.unreadable`,
    );
  }
  if (dropped.missingTarget > 0) {
    warnings.push(`${dropped.missingTarget} training rows have no target and are left out`);
  }
  if (unusableTestRows > 0) {
    warnings.push(
      `${unusableTestRows} test rows have no target, or one that no training row has, and are left out`,
    );
  }
  if (repeatedTestRows > 0) {
    warnings.push(
      `${repeatedTestRows} TEST ROWS also stand among the training rows, and flatter the model`,
    );
  }
  return warnings;
}

function columnWarnings(source: SourceRows, transform: FittedTransform): string[] {
  const { testTable } = source;
  const strangers = tablesOf(source).flatMap((table) =>
    table instanceof ImageFolder ? table.strangers : [],
  );
  const warnings =
    strangers.length === 0
      ? []
      : [
          `${strangers.length} files are no images of a class and are left out: see images.strangers`,
        ];
  if (testTable === null) return warnings;
  const missing = transform.inputs
    .filter(({ name }) => !testTable.columns.includes(name))
    .map(({ name }) => `column '${name}' is missing from the test table: imputed there`);
  return [...warnings, ...missing];
}

function orderWarnings(assigned: AssignedRows): string[] {
  const { problem, targetProfile } = assigned;
  const order = describeOrder(problem, trainingTargets(assigned));
  const odd = problem.classes.filter(isPlaceholder);
  const opposites = targetProfile.countOf('+') > 0;
  return [
    ...(order === null ? [] : [order]),
    ...(odd.length === 0 || opposites
      ? []
      : [
          `the target's class '${odd[0]}' LOOKS LIKE A MISSING VALUE: if it is one, name it in columns.missing`,
        ]),
  ];
}

async function openPart(
  { pathOf }: PrepareOptions,
  { shards }: PreparedPart,
  shape: Omit<Parameters<typeof openRows>[0], 'shards'>,
) {
  const located = await Promise.all(
    shards.map(async ({ artifact, rows }) => ({ path: await pathOf(artifact), rows })),
  );
  return openRows({ ...shape, shards: located });
}

const isTraining = (part: number | undefined) => part === Part.fit || part === Part.validation;

function trainingTargets({ targets, parts }: AssignedRows): Float64Array {
  const training = new Float64Array(targets.length);
  let count = 0;
  for (let row = 0; row < targets.length; row++) {
    if (isTraining(parts[row])) training[count++] = targets[row] as number;
  }
  return training.subarray(0, count);
}

/** By the images of the training rows. */
function fitImages(
  { imageColumn }: SourceRows,
  { images = [] }: ScannedRows,
  { parts }: AssignedRows,
  { preprocess }: Job,
): FittedImage | null {
  if (imageColumn === null) return null;
  const training = images.filter((_, row) => isTraining(parts[row]));
  return fitImage(imageColumn, training, preprocess);
}

/** Names in a report. */
const MOST_NAMES = 100;

function describeImages(
  source: SourceRows,
  { images = [] }: ScannedRows,
  { operation: { column, height, width, channels } }: FittedImage,
): ImageReport {
  const unreadable = images.filter((image) => 'fault' in image);
  const strangers = tablesOf(source).flatMap((table) =>
    table instanceof ImageFolder ? table.strangers : [],
  );
  return {
    column,
    size: { height, width, channels },
    unreadable: { count: unreadable.length, first: unreadable.slice(0, MOST_NAMES) },
    strangers: { count: strangers.length, first: strangers.slice(0, MOST_NAMES) },
  };
}

function countClasses(assigned: AssignedRows): number[] {
  const counts = assigned.problem.classes.map(() => 0);
  if (counts.length === 0) return counts;
  for (const code of trainingTargets(assigned)) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

/** The fold of each row of the fit part, a byte each; null where nothing is cross-validated. */
async function saveFolds(
  { workFolder, save }: PrepareOptions,
  { folds, parts }: AssignedRows,
): Promise<PreparedData['folds']> {
  const { count, ordered, of } = folds;
  if (count === 1) return null;
  const path = join(workFolder, 'folds.bin');
  await writeFile(
    path,
    of.filter((_, row) => parts[row] === Part.fit),
  );
  return { count, ordered, fit: await save(path, 'application/octet-stream') };
}

async function saveJson({ workFolder, save }: PrepareOptions, name: string, document: unknown) {
  const path = join(workFolder, `${name}.json`);
  try {
    await writeFile(path, canonicalJson(document));
  } catch (error) {
    throw explainFullDisk(error, path);
  }
  return save(path, 'application/json');
}
