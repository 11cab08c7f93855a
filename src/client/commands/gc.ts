import { relative } from 'node:path';
import type { Config } from '../../config.ts';
import {
  findGarbage,
  type GarbageAges,
  removeGarbage,
  USUAL_AGES,
} from '../../stores/collect-garbage.ts';
import { type OpenStores, openStores } from '../../stores/index.ts';
import { findAbandonedFiles, sweepTemporaryFiles } from '../../stores/temporary-files.ts';
import { type Command, ExitCode, type Options, usageError } from '../command.ts';
import { formatBytes, formatTable } from '../output.ts';

export const gc: Command = {
  usage: `[options]

  --older-than <age>        what nobody refers to, and checkpoints of ended runs; default 24h
  --abandoned-after <age>   a run that has not ended counts as gone when it is silent so long; default 7d
  --runs-older-than <age>   also whole records of runs that ended so long ago and gave no model
  --dry-run                 only say what would go

  Ages are written 30m, 24h or 90d. Below 1h, let no run start meanwhile.`,
  options: {
    'older-than': { type: 'string' },
    'abandoned-after': { type: 'string' },
    'runs-older-than': { type: 'string' },
    'dry-run': { type: 'boolean' },
  },
  async run({ config, output, options }) {
    const ages = readAges(options);
    const isDry = options.has('dry-run');
    const stores = openStores(config);
    try {
      await requireRegistry(config, stores, options);
      const garbage = await findGarbage(stores, ages);
      const files = await findAbandonedFiles(config.home);
      const objects = isDry ? garbage.objects : await removeGarbage(stores.objects, garbage);
      if (!isDry) await sweepTemporaryFiles(config.home);
      const { runs, logs, unreadable } = garbage;
      const keys = objects.map(({ key }) => key);
      const artifacts = keys.filter((key) => key.startsWith('objects/'));
      const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
      const counts = { artifacts, logs, runs, 'temporary files': files };
      output.line(
        formatTable(Object.entries(counts).map(([what, { length }]) => [what, String(length)])),
      );
      output.line(`${formatBytes(bytes)} ${isDry ? 'would be' : 'are'} free again`);
      for (const { key, reason } of unreadable) {
        output.line(`⚠ ${key} can't be read, so no artifact goes: ${reason}`);
      }
      const temporaryFiles = files.map((file) => relative(config.home, file));
      output.result({ dryRun: isDry, bytes, artifacts, logs, runs, temporaryFiles, unreadable });
      return unreadable.length === 0 ? ExitCode.done : ExitCode.failed;
    } finally {
      await stores.close();
    }
  },
};

/** Machines share a bucket, but not the registry: without it, runs that gave models look expendable. */
async function requireRegistry(
  { store, home }: Config,
  { registry }: OpenStores,
  options: Options,
): Promise<void> {
  const age = options.text('runs-older-than');
  if (store === null || age === undefined || (await registry.list()).length > 0) return;
  throw usageError(
    '--runs-older-than',
    age,
    `a home with the registry of models; ${home} has none`,
    'Run it on the machine of the worker on the main task queue.',
  );
}

const readAges = (options: Options): GarbageAges => ({
  olderThanMs: options.durationMs('older-than') ?? USUAL_AGES.olderThanMs,
  abandonedAfterMs: options.durationMs('abandoned-after') ?? USUAL_AGES.abandonedAfterMs,
  runsOlderThanMs: options.durationMs('runs-older-than') ?? null,
});
