import { type Command, ExitCode, onlyPositional } from '../command.ts';
import { LifecycleClient } from '../lifecycle-client.ts';
import { formatTable } from '../output.ts';

export const status: Command = {
  usage: '<workflow id>',
  options: {},
  async run(invocation) {
    const { config, output } = invocation;
    const workflowId = onlyPositional(invocation, 'workflow id');
    const client = await LifecycleClient.connect(config);
    try {
      const handle = await client.existing(workflowId);
      const state = await client.state(handle);
      const description = await handle.describe();
      const closed = description.status.name.toLowerCase();
      const isPaused = closed === 'running' && state?.status === 'paused';
      output.line(`${workflowId}: ${isPaused ? 'paused' : closed}`);
      const rows = (state?.steps ?? []).map((step) => [step.id, step.status, step.note]);
      if (rows.length > 0) output.line(formatTable([['step', 'status', ''], ...rows]));
      output.result({ workflowId, status: isPaused ? 'paused' : closed, state });
      return ExitCode.done;
    } finally {
      await client.close();
    }
  },
};
