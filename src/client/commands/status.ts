import type { PipelineState } from '../../schemas/pipeline-run.ts';
import type { RunState } from '../../schemas/run-state.ts';
import { type Command, ExitCode, onlyPositional } from '../command.ts';
import { questionLines } from '../graph-lines.ts';
import { LifecycleClient } from '../lifecycle-client.ts';
import { formatTable } from '../output.ts';
import { RunClient } from '../run-client.ts';

export const status: Command = {
  usage: '<workflow id>',
  options: {},
  async run(invocation) {
    const { config, output } = invocation;
    const workflowId = onlyPositional(invocation, 'workflow id');
    const client = await LifecycleClient.connect(config);
    try {
      const { handle, kind, description } = await client.find(workflowId);
      const { temporal, settings } = client;
      const watched = new RunClient<RunState | PipelineState, unknown>(temporal, settings, kind);
      const state = await watched.state(handle);
      const stands = howItStands(description.status.name.toLowerCase(), state);
      output.line(`${workflowId}: ${kind.name}, ${stands}`);
      const rows = (state?.steps ?? []).map(({ id, status, note }) => [id, status, note]);
      if (rows.length > 0) output.line(formatTable([['step', 'status', ''], ...rows]));
      for (const { step, question } of state && 'approvals' in state ? state.approvals : []) {
        output.line(questionLines(workflowId, step, question));
      }
      output.result({ workflowId, kind: kind.name, status: stands, state });
      return ExitCode.done;
    } finally {
      await client.close();
    }
  },
};

/** Temporal knows of no pause, and a run that its budget has stopped has come to a result. */
function howItStands(status: string, state: RunState | PipelineState | null): string {
  if (status === 'running' && state?.status === 'paused') return 'paused';
  return status === 'completed' && state?.status === 'stopped' ? 'stopped' : status;
}
