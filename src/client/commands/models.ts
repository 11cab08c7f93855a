import { ModelPackage, type ModelVersion } from '../../schemas/model-package.ts';
import type { ArtifactStore } from '../../stores/artifact-store.ts';
import { inBatches } from '../../stores/in-batches.ts';
import { openStores } from '../../stores/index.ts';
import { readJson } from '../../stores/json-artifact.ts';
import { type Command, ExitCode } from '../command.ts';
import { formatTable } from '../output.ts';

/** Formats that a version was deployed in; none where its package can't be read: fsck names that. */
async function formatsOf(artifacts: ArtifactStore, { package: ref }: ModelVersion) {
  try {
    const { exports } = ModelPackage.parse(await readJson(artifacts, ref));
    return exports.map(({ format }) => format);
  } catch {
    return [];
  }
}

export const models: Command = {
  usage: '[model]',
  options: {},
  async run({ config, output, positionals }) {
    const stores = openStores(config);
    try {
      const versions = await stores.registry.list(positionals[0]);
      const listed = await inBatches(versions, async (each) => ({
        ...each,
        formats: await formatsOf(stores.artifacts, each),
      }));
      const rows = listed.map(({ model, version, aliases, metric, score, createdAt, formats }) => [
        model,
        String(version),
        aliases.join(', '),
        `${metric} ${score.toPrecision(4)}`,
        createdAt.slice(0, 19),
        formats.join(', '),
      ]);
      output.line(
        rows.length === 0
          ? 'no models yet'
          : formatTable([
              ['model', 'version', 'aliases', 'score', 'created (UTC)', 'formats'],
              ...rows,
            ]),
      );
      output.result({ models: listed });
      return ExitCode.done;
    } finally {
      await stores.close();
    }
  },
};
