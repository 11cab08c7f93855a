import { join } from 'node:path';
import { formats } from '../../src/formats/index.ts';
import { writeExport, writeFiles } from '../../src/formats/write-export.ts';
import type { FormatName } from '../../src/schemas/model-export.ts';
import { EXPORTABLE, isAble, makeExportable } from './exportable-models.ts';
import { SmallModels } from './small-model.ts';

/** Writes every model in every format: `<root>/<format>/<model>/…`. */
export async function writeExports(home: string, root: string): Promise<void> {
  const models = new SmallModels(home);
  for (const name of EXPORTABLE) {
    const { portable, selfTest } = await makeExportable(models, name);
    const able = (Object.keys(formats) as FormatName[]).filter((format) => isAble(format, name));
    for (const format of able) {
      const files = await writeExport(formats[format], portable, selfTest);
      await writeFiles(join(root, format, name), files);
    }
  }
}
