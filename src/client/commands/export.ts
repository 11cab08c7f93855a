import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readPackage } from '../../compute/load-model.ts';
import { InputError } from '../../errors.ts';
import { formats } from '../../formats/index.ts';
import { makeExport } from '../../formats/make-export.ts';
import type { ModelFormat } from '../../formats/model-format.ts';
import { openPortableModel, type PortableModel } from '../../formats/portable-model.ts';
import { drawSelfTest } from '../../formats/self-test.ts';
import { explainFullDisk } from '../../full-disk.ts';
import { Model } from '../../ml/model.ts';
import { nearestName } from '../../nearest.ts';
import { isImported } from '../../schemas/any-package.ts';
import type { ArtifactRef } from '../../schemas/artifact.ts';
import type { ImportedPackage } from '../../schemas/imported-model.ts';
import { FormatName, SelfTest } from '../../schemas/model-export.ts';
import { ensureReady } from '../../setup/ensure-ready.ts';
import type { ArtifactStore } from '../../stores/artifact-store.ts';
import { findByReference } from '../../stores/find-model.ts';
import { openStores } from '../../stores/index.ts';
import { readJson } from '../../stores/json-artifact.ts';
import { type Command, ExitCode, onlyPositional, requiredOption, usageError } from '../command.ts';

const NAMES = FormatName.options;

export const exportCommand: Command = {
  usage: `<model>[@version or alias] --format onnx --output <folder>

  Formats: ${NAMES.join(', ')}.
  The folder must be new or empty. What is written is loaded again and compared with the model;
  'manifest.json' beside it tells of inputs, outputs and classes.`,
  options: { format: { type: 'string' }, output: { type: 'string' } },
  async run(invocation) {
    const { config, output } = invocation;
    const reference = onlyPositional(invocation, 'model');
    const format = findFormat(requiredOption(invocation, 'format'));
    const target = resolve(requiredOption(invocation, 'output'));
    await refuseFull(target);
    await ensureReady(config, (text) => output.line(text));
    const stores = openStores(config);
    try {
      const version = await findByReference(stores.registry, reference);
      const modelPackage = await readPackage(stores.artifacts, version);
      if (isImported(modelPackage)) throw isForeign(reference, modelPackage);
      const read = (ref: ArtifactRef) => stores.artifacts.read(ref);
      const portable = await openPortableModel(modelPackage, read, format.title);
      const selfTest = await selfTestOf(portable, stores.artifacts);
      const made = await writeWhole(target, (folder) =>
        refuseUntestable(format).then(() => makeExport(format, portable, selfTest, folder)),
      );
      const { files, verification } = made;
      const { runtime, rows, relativeError } = verification;
      for (const { path, purpose } of files) output.line(`${path}: ${purpose}`);
      output.line(
        `${version.model}, version ${version.version} as ${format.title} → ${target}; on ${rows} records ` +
          `${runtime} differs from the model by ${relativeError.toExponential(1)} of the largest output`,
      );
      output.result({
        model: version.model,
        version: version.version,
        format: format.name,
        output: target,
        files: files.map(({ path }) => path),
        verification,
      });
      return ExitCode.done;
    } finally {
      await stores.close();
    }
  },
};

const isForeign = (reference: string, { imported }: ImportedPackage): InputError =>
  new InputError({
    code: 'ImportedModel',
    field: 'model',
    value: reference,
    expected: `a model that was trained here; this one was imported from '${imported.source}'`,
    remedy: 'Use what it was imported from.',
  });

/** The one that the model was deployed with; a package from before there were any gets one now. */
async function selfTestOf(portable: PortableModel, artifacts: ArtifactStore): Promise<SelfTest> {
  const { selfTest } = portable.package;
  if (selfTest !== null) return SelfTest.parse(await readJson(artifacts, selfTest));
  const model = await Model.load(portable.package, (ref) => artifacts.read(ref));
  const drawn = drawSelfTest(portable, model);
  model.dispose();
  return drawn;
}

function findFormat(name: string): ModelFormat {
  const known = FormatName.safeParse(name);
  if (known.success) return formats[known.data];
  const nearest = nearestName(name, NAMES);
  throw usageError(
    '--format',
    name,
    `one of ${NAMES.join(', ')}`,
    nearest === undefined ? undefined : `Did you mean '${nearest}'?`,
  );
}

async function refuseFull(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw usageError('--output', folder, `a folder that can be written (${error.message})`);
  });
  if (names.length > 0) throw usageError('--output', folder, 'a new or an empty folder');
}

async function refuseUntestable({ name, untestable }: ModelFormat): Promise<void> {
  const reason = (await untestable?.()) ?? null;
  if (reason === null) return;
  throw new InputError({
    code: 'FormatUntestable',
    field: '--format',
    value: name,
    expected: 'a format that can be tried out here',
    remedy: `${reason}.`,
  });
}

/** Has a folder filled under a temporary name, and renames it when it is whole. */
async function writeWhole<T>(folder: string, fill: (folder: string) => Promise<T>): Promise<T> {
  const temporary = `${folder}.${randomUUID()}.tmp`;
  try {
    const result = await fill(temporary);
    await rmdir(folder).catch(() => undefined);
    await rename(temporary, folder);
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw explainFullDisk(error, folder);
  }
}
