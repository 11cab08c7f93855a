import { InputError } from '../errors.ts';
import { RecordEncoder } from '../formats/imported/record-encoder.ts';
import { columnNotFound } from '../ml/data/check-columns.ts';
import { densify, widthOf } from '../ml/data/densify.ts';
import { FittedTransform } from '../ml/data/fitted-transform.ts';
import { folderOf } from '../ml/data/images/image-folder.ts';
import { openTable } from '../ml/data/open-table.ts';
import { targetReader } from '../ml/data/read-target.ts';
import { filesOf } from '../ml/data/source-rows.ts';
import { toRecord } from '../ml/data/table.ts';
import { type Divergence, ReferencePopulation } from '../ml/drift/reference-population.ts';
import { SchemaCheck } from '../ml/drift/schema-check.ts';
import { type AnyPackage, isImported } from '../schemas/any-package.ts';
import { DataReport } from '../schemas/data-report.ts';
import type { Job } from '../schemas/job.ts';
import { Preprocessed } from '../schemas/lifecycle-steps.ts';
import type { Problem } from '../schemas/problem.ts';
import type { DriftPolicy } from '../schemas/retraining.ts';
import type { DataFinding } from '../schemas/retraining-record.ts';
import { StepRecord } from '../schemas/run.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { readJson } from '../stores/json-artifact.ts';
import { runDocument, stepDocument } from '../stores/run-documents.ts';
import type { Task, TaskContext } from './compute-task.ts';
import { readPackage } from './load-model.ts';
import { openParts, readPrepared } from './prepared-rows.ts';

const MOST_NAMED = 5;

/**
 * Holds new data against the champion: its columns, its types, its number of rows, and how far the
 * values have drifted from those that it was trained on.
 * @throws InputError where the policy refuses what is found
 */
export const checkData: Task<'check'> = async ({ job, champion, policy }, context) => {
  const { artifacts } = context.stores;
  const modelPackage = await readPackage(artifacts, champion);
  const reader = await readerOf(artifacts, modelPackage);
  const { problem } = modelPackage;
  const table = await openTable(filesOf(job), job.format);
  refuseOtherColumns(job, problem, reader, table.columns);
  const reference = await readReference(context, champion.runId);
  const population = reference?.population.empty();
  const schema =
    reference !== null && reader instanceof FittedTransform
      ? new SchemaCheck(reader, reference.report)
      : null;
  const readTarget = targetReader(problem, new Set(job.columns.missing));
  const unreadable = new Map<string, number>();
  const targetIndex = table.columns.indexOf(job.target);
  let rows = 0;
  for await (const batch of table.batches()) {
    context.signal.throwIfAborted();
    const raw = batch.rows.map((cells) => toRecord(table.columns, cells));
    const records = await reader.read(raw, { folder: folderOf(table), isConfined: false });
    for (const { column } of reader.findFaults(records)) {
      unreadable.set(column, (unreadable.get(column) ?? 0) + 1);
    }
    schema?.take(records);
    if (population !== undefined && reader instanceof FittedTransform) {
      const features = densify(reader.encode(records), reader.layout);
      population.inputs.take(features, records.length, widthOf(reader.layout));
      for (const cells of batch.rows) {
        const value = readTarget(cells[targetIndex]);
        if (value !== null) population.target.add(value);
      }
    }
    rows += records.length;
    context.onProgress({ kind: 'rows', pass: 'check', rows });
  }
  refuseUnreadable(job, policy, unreadable, rows);
  const championRows = reference?.sourceRows ?? 0;
  refuseFewRows(job, policy, rows, championRows);
  const columns =
    population === undefined || !(reader instanceof FittedTransform)
      ? []
      : (reference?.population.compare(population, reader.document) ?? []).map((found) => ({
          ...found,
          drifted: isDrifted(found, policy),
        }));
  const drifted = columns.filter((column) => column.drifted);
  const findings = [
    ...unreadableCells(unreadable, rows),
    ...(schema?.findings(policy.strange) ?? []),
  ];
  if (policy.onDrift === 'refuse') {
    if (drifted.length > 0) throw dataDrifted(job, policy, drifted);
    const error = findings.find(({ severity }) => severity === 'error');
    if (error !== undefined) throw dataStrange(job, policy, error);
  }
  return {
    ...{ rows, championRows, columns, findings },
    warnings: [
      ...findings.filter(({ severity }) => severity !== 'info').map(({ message }) => message),
      ...newColumns(table.columns, reader, problem),
      ...drifted.map(({ column, psi }) => `'${column}' has drifted: index ${psi.toFixed(3)}`),
      ...(reference === null ? [whyNoDrift(modelPackage)] : []),
    ],
  };
};

/** What reads records as the champion does. */
type RecordReader = Pick<FittedTransform, 'inputs' | 'read' | 'findFaults'>;

async function readerOf(artifacts: ArtifactStore, modelPackage: AnyPackage): Promise<RecordReader> {
  if (!isImported(modelPackage)) {
    return FittedTransform.parse(await readJson(artifacts, modelPackage.transform));
  }
  const { imported, job } = modelPackage;
  return new RecordEncoder(imported.inputs, job.columns.missing);
}

const whyNoDrift = (modelPackage: AnyPackage): string =>
  isImported(modelPackage)
    ? 'the champion was imported, without the data that it was trained on: drift could not be looked at'
    : "the champion's own data is gone: drift could not be looked at";

/** Over the limit, and more than chance would give. */
const isDrifted = ({ psi, chance }: Divergence, { limit }: DriftPolicy): boolean =>
  psi > limit && psi > chance;

/** What the champion was trained on; null where it is not in the store any more. */
async function readReference({ stores }: TaskContext, runId: string) {
  const { artifacts, documents } = stores;
  const record = StepRecord.safeParse(await documents.read(stepDocument(runId, 'preprocess')));
  const data = Preprocessed.safeParse(record.data?.outputs['data']);
  if (!data.success || (await documents.read(runDocument(runId))) === null) return null;
  const prepared = await readPrepared(artifacts, data.data.prepared);
  const { fit, validation, test } = prepared.parts;
  const stored = await openParts(artifacts, prepared, ['fit']);
  return {
    report: DataReport.parse(await readJson(artifacts, prepared.report)),
    sourceRows: fit.rows + validation.rows + test.rows,
    population: await ReferencePopulation.read(stored, prepared.problem, prepared.layout),
  };
}

function refuseOtherColumns(
  job: Job,
  problem: Problem,
  { inputs }: RecordReader,
  columns: readonly string[],
): void {
  if (job.target !== problem.target) {
    throw new InputError({
      code: 'OtherProblem',
      field: 'job.target',
      value: job.target,
      expected: `the champion's target '${problem.target}'`,
      remedy: 'Give the retraining another name: models of different targets are different models.',
    });
  }
  if (!columns.includes(job.target)) throw columnNotFound('data', job.target, columns);
  const missing = inputs.filter(({ name }) => !columns.includes(name));
  if (missing.length === 0) return;
  const names = missing.slice(0, MOST_NAMED).map(({ name }) => `'${name}'`);
  throw new InputError({
    code: 'ShapeChanged',
    field: 'data',
    value: job.data,
    expected: `all columns that the champion predicts from; missing: ${names.join(', ')}${missing.length > MOST_NAMED ? ', …' : ''}`,
    remedy: 'Mend what writes the data, or give the retraining another name.',
  });
}

function refuseUnreadable(
  job: Job,
  policy: DriftPolicy,
  unreadable: ReadonlyMap<string, number>,
  rows: number,
): void {
  for (const [column, count] of unreadable) {
    if (count <= policy.unreadable * rows) continue;
    throw new InputError({
      code: 'ShapeChanged',
      field: 'data',
      value: job.data,
      expected: `cells that the champion's type of '${column}' can read; ${count} of ${rows} can't be`,
      remedy: 'Mend the column, or raise drift.unreadable.',
    });
  }
}

function refuseFewRows(job: Job, policy: DriftPolicy, rows: number, before: number): void {
  if (rows >= policy.fewestRows * before) return;
  throw new InputError({
    code: 'ShapeChanged',
    field: 'data',
    value: job.data,
    expected: `${Math.ceil(policy.fewestRows * before)} rows at least, by the champion's ${before}; there are ${rows}`,
    remedy: 'Check whether the data is whole, or lower drift.fewestRows.',
  });
}

function dataDrifted(job: Job, { limit }: DriftPolicy, drifted: readonly Divergence[]): InputError {
  const named = drifted
    .slice(0, MOST_NAMED)
    .map(({ column, psi }) => `'${column}' (${psi.toFixed(3)})`);
  return new InputError({
    code: 'DataDrifted',
    field: 'data',
    value: job.data,
    expected: `a population stability index of at most ${limit} in each column; over it: ${named.join(', ')}`,
    remedy: 'Look at these columns; set drift.onDrift to warn to train on them all the same.',
  });
}

/** Those that the policy bears. */
const unreadableCells = (unreadable: ReadonlyMap<string, number>, rows: number): DataFinding[] =>
  [...unreadable].map(([column, count]) => ({
    ...{ column, kind: 'types', share: count / rows },
    severity: count >= 0.01 * rows ? 'warning' : 'info',
    message: `'${column}' has ${count} cells that the champion's type can't read`,
  }));

const dataStrange = (job: Job, { strange }: DriftPolicy, { message }: DataFinding): InputError =>
  new InputError({
    code: 'DataDrifted',
    field: 'data',
    value: job.data,
    expected: `less than a share of ${strange} of strange cells in each column; ${message}`,
    remedy:
      'Look at this column; raise drift.strange, or set drift.onDrift to warn to train on it all the same.',
  });

const newColumns = (
  columns: readonly string[],
  { inputs }: RecordReader,
  { target }: Problem,
): string[] =>
  columns
    .filter((name) => name !== target && !inputs.some((input) => input.name === name))
    .map((name) => `the champion does not use the column '${name}'`);
