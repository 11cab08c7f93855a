import { InputError } from '../errors.ts';
import type { ExportVerification, SelfTest } from '../schemas/model-export.ts';
import type { FormatFile, ModelFormat } from './model-format.ts';
import type { PortableModel } from './portable-model.ts';
import { verifyExport } from './verify-export.ts';
import { whyUnsuitable } from './why-unsuitable.ts';
import { writeExport, writeFiles } from './write-export.ts';

/**
 * Writes a model in one format into a folder, loads it from there, and compares it with the model;
 * an ExportRefused where it differs.
 */
export async function makeExport(
  format: ModelFormat,
  portable: PortableModel,
  selfTest: SelfTest,
  folder: string,
): Promise<{ files: FormatFile[]; verification: ExportVerification }> {
  const reason = whyUnsuitable(format, portable);
  if (reason !== null) {
    throw new InputError({
      code: 'FormatUnsuitable',
      field: 'format',
      value: format.name,
      expected: `a format that can hold ${portable.package.name}: ${reason}`,
      remedy: 'Choose another format.',
    });
  }
  const files = await writeExport(format, portable, selfTest);
  await writeFiles(folder, files);
  return { files, verification: await verifyExport(format, folder, portable, selfTest) };
}
