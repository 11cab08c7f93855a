import { type Command, ExitCode, onlyPositional } from '../command.ts';
import { LifecycleClient } from '../lifecycle-client.ts';

export const cancel: Command = {
  usage: '<workflow id>',
  options: {},
  async run(invocation) {
    const { config, output } = invocation;
    const workflowId = onlyPositional(invocation, 'workflow id');
    const client = await LifecycleClient.connect(config);
    try {
      await client.cancel(workflowId);
      output.line(`asked ${workflowId} to stop`);
      output.result({ workflowId, cancelled: true });
      return ExitCode.done;
    } finally {
      await client.close();
    }
  },
};
