import { openStores } from '../../stores/index.ts';
import { type Command, ExitCode } from '../command.ts';
import { formatTable } from '../output.ts';

export const models: Command = {
  summary: 'List registered models and their versions.',
  usage: '[model]',
  options: {},
  async run({ config, output, positionals }) {
    const stores = openStores(config);
    try {
      const versions = await stores.registry.list(positionals[0]);
      const rows = versions.map(({ model, version, aliases, metric, score, createdAt }) => [
        model,
        String(version),
        aliases.join(', '),
        `${metric} ${score.toPrecision(4)}`,
        createdAt.slice(0, 19),
      ]);
      output.line(
        rows.length === 0
          ? 'no models yet'
          : formatTable([['model', 'version', 'aliases', 'score', 'created (UTC)'], ...rows]),
      );
      output.result({ models: versions });
      return ExitCode.done;
    } finally {
      await stores.close();
    }
  },
};
