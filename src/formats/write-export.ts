import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExportManifest, type SelfTest } from '../schemas/model-export.ts';
import { featuresTensor, outputTensor } from './exported-tensors.ts';
import type { FormatFile, ModelFormat } from './model-format.ts';
import { featureNamesOf, type PortableModel } from './portable-model.ts';
import { preprocessingFiles } from './preprocessing-files.ts';

/** All files of a model in one format: its own, the manifest, and what makes features of records. */
export async function writeExport(
  format: ModelFormat,
  model: PortableModel,
  selfTest: SelfTest,
): Promise<FormatFile[]> {
  const own = await format.write(model);
  const files = [...own, ...(format.takes === 'features' ? await preprocessingFiles(model) : [])];
  const { name, runId, weightsHash, problem } = model.package;
  const manifest: ExportManifest = {
    schemaVersion: 1,
    format: format.name,
    formatVersion: format.formatVersion,
    ...{ model: name, runId, weightsHash },
    ...{ task: problem.task, target: problem.target, classes: problem.classes },
    ...(problem.decision && { decision: problem.decision }),
    ...(problem.calibration && { calibration: problem.calibration }),
    takes: format.takes,
    inputs: format.inputsOf?.(model) ?? [featuresTensor(model)],
    outputs: [outputTensor(model)],
    features: [...featureNamesOf(model)],
    files: Object.fromEntries(files.map(({ path, purpose }) => [path, purpose])),
    selfTest,
  };
  return [
    ...files,
    {
      path: 'manifest.json',
      bytes: Buffer.from(`${JSON.stringify(ExportManifest.parse(manifest), null, 1)}\n`),
      mediaType: 'application/json',
      purpose: 'inputs, outputs, classes and a self-test',
    },
  ];
}

/** Writes files into a folder, which is made. */
export async function writeFiles(folder: string, files: readonly FormatFile[]): Promise<void> {
  for (const { path, bytes } of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes);
  }
}
