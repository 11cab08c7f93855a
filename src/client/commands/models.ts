import { readPackage } from '../../compute/load-model.ts';
import { isImported } from '../../schemas/any-package.ts';
import type { ModelVersion } from '../../schemas/model-package.ts';
import type { ArtifactStore } from '../../stores/artifact-store.ts';
import { inBatches } from '../../stores/in-batches.ts';
import { openStores } from '../../stores/index.ts';
import { type Command, ExitCode } from '../command.ts';
import { formatTable } from '../output.ts';

/**
 * Formats that a version was deployed in, and where it came from if it was imported; nothing where its
 * package can't be read: fsck names that.
 */
async function readFacts(artifacts: ArtifactStore, version: ModelVersion) {
  try {
    const found = await readPackage(artifacts, version);
    if (!isImported(found)) {
      return { formats: found.exports.map(({ format }) => format), imported: null };
    }
    const { format, source } = found.imported;
    return { formats: [format], imported: { source, weightsHash: found.weightsHash } };
  } catch {
    return { formats: [], imported: null };
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
        ...(await readFacts(stores.artifacts, each)),
      }));
      const rows = listed.map(
        ({ model, version, aliases, metric, score, createdAt, formats, imported }) => [
          model,
          String(version),
          aliases.join(', '),
          `${metric} ${score.toPrecision(4)}`,
          createdAt.slice(0, 19),
          formats.join(', '),
          imported === null
            ? 'trained here'
            : `imported: ${imported.source}, ${imported.weightsHash.slice(0, 12)}`,
        ],
      );
      output.line(
        rows.length === 0
          ? 'no models yet'
          : formatTable([
              ['model', 'version', 'aliases', 'score', 'created (UTC)', 'formats', 'origin'],
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
