import { type Command, ExitCode, oneOf } from '../command.ts';
import { LifecycleClient } from '../lifecycle-client.ts';
import { listRuns, RUN_STATUSES } from '../list-runs.ts';
import { formatTable } from '../output.ts';
import { RUN_KINDS } from '../run-kinds.ts';

const MOST_RUNS = 20;
/** What is a run by itself. */
const KINDS = ['lifecycle', 'graph', 'retraining'] as const;
const STATUSES = new Map(RUN_STATUSES.map((status) => [shown(status.toLowerCase()), status]));

export const list: Command = {
  usage: `[--kind ${KINDS.join('|')}] [--status ${[...STATUSES.keys()].join('|')}] [--limit ${MOST_RUNS}]`,
  options: { kind: { type: 'string' }, status: { type: 'string' }, limit: { type: 'string' } },
  async run({ config, output, options }) {
    const kind = oneOf(options, 'kind', KINDS);
    const kinds = (kind === undefined ? KINDS : [kind]).map((name) => RUN_KINDS[name]);
    const status = STATUSES.get(oneOf(options, 'status', [...STATUSES.keys()]) ?? '');
    const limit = options.wholeNumber('limit', 1, 10_000) ?? MOST_RUNS;
    const client = await LifecycleClient.connect(config);
    try {
      const found = await listRuns(client.temporal, { kinds, status }, limit);
      const runs = found.map((run) => ({ ...run, status: shown(run.status) }));
      const rows = runs.map(({ workflowId, kind, status, startTime, closeTime }) => [
        ...[workflowId, kind, status],
        startTime.toISOString().slice(0, 19),
        closeTime === undefined
          ? ''
          : `${((closeTime.getTime() - startTime.getTime()) / 1000).toFixed(1)} s`,
      ]);
      const isAll = kind === undefined && status === undefined;
      output.line(
        rows.length === 0
          ? `no ${isAll ? '' : 'such '}runs yet; start one with 'sevenfold run' or 'sevenfold pipeline run'`
          : formatTable([['run', 'kind', 'status', 'started (UTC)', 'took'], ...rows]),
      );
      output.result({ runs });
      return ExitCode.done;
    } finally {
      await client.close();
    }
  },
};

/** As the other commands write it. */
function shown(status: string): string {
  return status.replace('canceled', 'cancelled');
}
