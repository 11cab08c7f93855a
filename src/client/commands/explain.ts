import { StepRecord } from '../../schemas/run.ts';
import { findManifest } from '../../stores/find-manifest.ts';
import { openStores } from '../../stores/index.ts';
import { stepDocument } from '../../stores/run-documents.ts';
import { type Command, ExitCode, onlyPositional } from '../command.ts';
import { formatTable } from '../output.ts';

export const explain: Command = {
  usage: '<workflow id or run id>',
  options: {},
  async run(invocation) {
    const { config, output } = invocation;
    const reference = onlyPositional(invocation, 'workflow id or run id');
    const stores = openStores(config);
    try {
      const { runId, plan } = await findManifest(stores.documents, reference, 'workflow id');
      const steps = [];
      for (const { id } of [...plan.steps, ...plan.finally]) {
        const record = StepRecord.safeParse(await stores.documents.read(stepDocument(runId, id)));
        steps.push({ id, ...explainStep(record.data) });
      }
      output.line(formatTable(steps.map(({ id, status, why }) => [id, status, why])));
      output.result({ runId, steps });
      return ExitCode.done;
    } finally {
      await stores.close();
    }
  },
};

function explainStep(record: StepRecord | undefined) {
  if (record === undefined)
    return { status: 'waiting', why: 'it has left no record', cache: null, key: null };
  const { status, failure, cache, reusedFrom, key } = record;
  const reused = reusedFrom === null ? null : `reused from ${reusedFrom}`;
  const why = failure ?? reused ?? cache ?? 'done; the cache was off';
  return { status, why, cache, key };
}
