import { type Command, ExitCode, onlyPositional } from './command.ts';
import { LifecycleClient } from './lifecycle-client.ts';

/** A command that tells one run something, and says so. */
export const controlCommand = (
  summary: string,
  tell: (client: LifecycleClient, workflowId: string) => Promise<string>,
): Command => ({
  summary,
  usage: '<workflow id>',
  options: {},
  async run(invocation) {
    const { config, output } = invocation;
    const workflowId = onlyPositional(invocation, 'workflow id');
    const client = await LifecycleClient.connect(config);
    try {
      output.line(await tell(client, workflowId));
      output.result({ workflowId });
      return ExitCode.done;
    } finally {
      await client.close();
    }
  },
});
