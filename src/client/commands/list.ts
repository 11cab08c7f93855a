import { type Command, ExitCode } from '../command.ts';
import { LifecycleClient } from '../lifecycle-client.ts';
import { formatTable } from '../output.ts';
import type { RunSummary } from '../run-client.ts';

const MOST_RUNS = 20;

export const list: Command = {
  usage: `[--limit ${MOST_RUNS}]`,
  options: { limit: { type: 'string' } },
  async run({ config, output, options }) {
    const client = await LifecycleClient.connect(config);
    try {
      const runs: RunSummary[] = [];
      const limit = options.wholeNumber('limit', 1, 10_000) ?? MOST_RUNS;
      for await (const run of client.list(limit)) runs.push(run);
      const rows = runs.map(({ workflowId, status, startTime, closeTime }) => [
        workflowId,
        status,
        startTime.toISOString().slice(0, 19),
        closeTime === undefined
          ? ''
          : `${((closeTime.getTime() - startTime.getTime()) / 1000).toFixed(1)} s`,
      ]);
      output.line(
        rows.length === 0
          ? "no runs yet; start one with 'sevenfold run'"
          : formatTable([['run', 'status', 'started (UTC)', 'took'], ...rows]),
      );
      output.result({ runs });
      return ExitCode.done;
    } finally {
      await client.close();
    }
  },
};
