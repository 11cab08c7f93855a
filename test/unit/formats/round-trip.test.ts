import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formats } from '../../../src/formats/index.ts';
import { verifyExport } from '../../../src/formats/verify-export.ts';
import { writeExport, writeFiles } from '../../../src/formats/write-export.ts';
import type { FormatName } from '../../../src/schemas/model-export.ts';
import {
  EXPORTABLE,
  type Exportable,
  type ExportableModel,
  makeExportable,
} from '../../support/exportable-models.ts';
import { SmallModels } from '../../support/small-model.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const home = await temporaryFolder('formats');
const models = new SmallModels(home);
const made = new Map<Exportable, ExportableModel>();
for (const name of EXPORTABLE) made.set(name, await makeExportable(models, name));

describe.each(Object.keys(formats) as FormatName[])('%s', (format) => {
  test.each(EXPORTABLE)('%s: what is written answers as the model does', async (name) => {
    const { portable, selfTest } = made.get(name) as ExportableModel;
    const folder = join(home, format, name);
    await writeFiles(folder, await writeExport(formats[format], portable, selfTest));
    const { relativeError, rows } = await verifyExport(formats[format], folder, portable, selfTest);
    console.log(format, name, relativeError);
    expect(rows).toBe(64);
    expect(relativeError).toBeLessThanOrEqual(1e-5);
  });
});
