import type { SourceStamp } from '../../schemas/preparation-state.ts';
import { ImageFolder } from './images/image-folder.ts';
import { type SourceRows, tablesOf } from './source-rows.ts';
import { stampFile } from './stamp-file.ts';

/** By what the files are known again, without reading them. */
export const stampSource = (source: SourceRows): Promise<SourceStamp[]> =>
  Promise.all(
    tablesOf(source).map(async (table) =>
      table instanceof ImageFolder ? table.stamp() : stampFile(table.path),
    ),
  );
