import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalHash } from '../canonical-json.ts';
import { InputError } from '../errors.ts';
import { findLocalModel, type LocalModel } from '../formats/imported/find-format.ts';
import { ImportedModel } from '../formats/imported/imported-model.ts';
import { openForeignModel } from '../formats/imported/open-foreign-model.ts';
import { resolveMapping } from '../formats/imported/resolve-mapping.ts';
import { tryOut } from '../formats/imported/try-out.ts';
import { columnNotFound } from '../ml/data/check-columns.ts';
import { hashTables } from '../ml/data/hash-tables.ts';
import { openTable } from '../ml/data/open-table.ts';
import type { Table } from '../ml/data/table.ts';
import { numericFingerprint } from '../ml/fingerprint.ts';
import { ImportedPackage, type ModelMapping } from '../schemas/imported-model.ts';
import type { ModelVersion } from '../schemas/model-package.ts';
import { parseJob } from '../schemas/parse-job.ts';
import { problemOf } from '../schemas/parse-mapping.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { putJson } from '../stores/json-artifact.ts';
import type { ModelRegistry } from '../stores/model-registry.ts';
import { softwareVersions } from '../versions.ts';
import { scoreTable } from './score-table.ts';

export interface ImportRequest {
  /** Of the file, or of the folder of a SavedModel. */
  readonly path: string;
  /** Name of the model that it becomes a version of. */
  readonly name: string;
  readonly mapping: ModelMapping;
  /** Labelled rows, on which it is tried out and scored. */
  readonly data: string;
  /** Moves to the version. */
  readonly alias?: string | undefined;
  readonly requestedBy: string;
}

export interface Imported {
  readonly version: ModelVersion;
  readonly package: ImportedPackage;
}

/**
 * Registers a model that was trained elsewhere, as it is: it has answered labelled rows before
 * anything is written. Importing the same again gives the same version.
 */
export async function importModel(
  request: ImportRequest,
  { artifacts, registry }: { artifacts: ArtifactStore; registry: ModelRegistry },
): Promise<Imported> {
  const found = await findLocalModel(request.path);
  const tried = await tryOnData(request, found);
  const files = await Promise.all(
    found.paths.map(async (path) => ({
      path,
      artifact: await artifacts.put(
        await readFile(join(found.folder, path)),
        'application/octet-stream',
      ),
    })),
  );
  const { alias, name, requestedBy } = request;
  const { imported, ...facts } = tried;
  const described = { ...facts, name, imported: { ...imported, files } };
  const modelPackage = ImportedPackage.parse({
    ...described,
    schemaVersion: 1,
    // What makes a repetition the same import: not when and where it was done.
    runId: `import-${canonicalHash({ name, imported: described.imported, problem: facts.problem, dataHash: facts.dataHash }).slice(0, 32)}`,
    createdAt: new Date().toISOString(),
    weightsHash: canonicalHash(files.map(({ path, artifact }) => [path, artifact.sha256])),
    decisions: [],
    versions: await softwareVersions(),
    fingerprint: await numericFingerprint(),
    requestedBy,
  });
  const { runId, createdAt, evaluation } = modelPackage;
  const version = await registry.register({
    ...{ model: name, package: await putJson(artifacts, modelPackage), runId, createdAt },
    ...{ metric: evaluation.metric, score: evaluation.score },
  });
  if (alias === undefined) return { version, package: modelPackage };
  // Asked for by name, so that it moves to a version that was there before, too.
  await registry.setAlias(name, alias, version.version);
  const aliases = [...new Set([...version.aliases, alias])];
  return { version: { ...version, aliases }, package: modelPackage };
}

/** Has the model answer all rows; gives what of its package doesn't depend on the store. */
async function tryOnData({ mapping, data, name }: ImportRequest, found: LocalModel) {
  const problem = problemOf(mapping);
  const { metric, positiveClass } = problem;
  const job = parseJob({
    ...{ data, target: mapping.target, name, task: mapping.task, metric },
    ...(positiveClass !== null && { positiveClass }),
    ...{ format: mapping.format, columns: { missing: mapping.missing } },
  });
  const table = await openTable(data, mapping.format);
  refuseOtherColumns(mapping, table);
  const runtime = await openForeignModel(found.format, filesOf(found));
  const { format, name: source } = found;
  const imported = {
    format,
    source,
    runtime: runtime.runtime,
    ...resolveMapping(mapping, runtime),
  };
  const model = new ImportedModel({ problem, job, seed: job.seed, imported }, runtime);
  try {
    const warnings = await tryOut(model, table);
    const evaluation = await scoreTable(model, table);
    return {
      ...{ problem, job, seed: job.seed, imported, inputs: model.encoder.inputs },
      evaluation: { ...evaluation, warnings: [...evaluation.warnings, ...warnings] },
      dataHash: await hashTables([table], imageColumnOf(mapping)),
    };
  } finally {
    model.dispose();
  }
}

function refuseOtherColumns({ inputs, target }: ModelMapping, { columns }: Table): void {
  if (!columns.includes(target)) throw columnNotFound('target', target, columns);
  for (const [index, tensor] of inputs.entries()) {
    const stray = tensor.columns.find(({ column }) => !columns.includes(column));
    if (stray !== undefined) throw columnNotFound(`inputs.${index}.columns`, stray.column, columns);
  }
}

const imageColumnOf = ({ inputs }: ModelMapping): string | null =>
  inputs.flatMap(({ columns }) => columns).find(({ as }) => as === 'image')?.column ?? null;

const filesOf = ({ paths, folder }: LocalModel) => ({
  paths,
  read: (path: string) => readWhole(join(folder, path)),
  localPath: async (path: string) => join(folder, path),
});

async function readWhole(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new InputError(
      {
        code: 'UnreadableModel',
        field: 'model',
        value: path,
        expected: `a file of at most 2 GiB that can be read (${(error as Error).message})`,
        remedy: 'Check the path and its permissions.',
      },
      { cause: error },
    );
  }
}
