import { join } from 'node:path';
import { formats } from '../formats/index.ts';
import { makeExport } from '../formats/make-export.ts';
import type { PortableModel } from '../formats/portable-model.ts';
import { whyUnsuitable } from '../formats/why-unsuitable.ts';
import type { FormatName, ModelExport, SelfTest } from '../schemas/model-export.ts';
import type { Decision } from '../schemas/problem.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';

/**
 * Writes a packaged model in other frameworks' formats, each of which has to answer as the model
 * does. A format that can't hold it, or can't be tried out here, is left out, which is a decision to
 * be told of.
 */
export async function exportModel(
  portable: PortableModel,
  selfTest: SelfTest,
  names: readonly FormatName[],
  { artifacts, workFolder }: { readonly artifacts: ArtifactStore; readonly workFolder: string },
): Promise<{ exports: ModelExport[]; decisions: Decision[] }> {
  const exports: ModelExport[] = [];
  const decisions: Decision[] = [];
  for (const name of new Set(names)) {
    const format = formats[name];
    const reason = whyUnsuitable(format, portable) ?? (await format.untestable?.()) ?? null;
    if (reason !== null) {
      decisions.push({ field: 'deployment.formats', value: `no ${name}`, reason });
      continue;
    }
    const folder = join(workFolder, 'exports', name);
    const { files, verification } = await makeExport(format, portable, selfTest, folder);
    exports.push({
      format: name,
      files: await Promise.all(
        files.map(async ({ path, bytes, mediaType }) => ({
          path,
          artifact: await artifacts.put(bytes, mediaType),
        })),
      ),
      verification,
    });
  }
  return { exports, decisions };
}
