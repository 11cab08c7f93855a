import { type Command, ExitCode, type Invocation, onlyPositional } from './command.ts';
import { LifecycleClient } from './lifecycle-client.ts';

/** A command that tells one run something, and says so. */
export const controlCommand = (
  about: Partial<Pick<Command, 'usage' | 'options'>>,
  tell: (
    client: LifecycleClient,
    workflowId: string,
    options: Invocation['options'],
  ) => Promise<string>,
): Command => ({
  usage: '<workflow id>',
  options: {},
  ...about,
  async run(invocation) {
    const { config, output, options } = invocation;
    const workflowId = onlyPositional(invocation, 'workflow id');
    const client = await LifecycleClient.connect(config);
    try {
      output.line(await tell(client, workflowId, options));
      output.result({ workflowId });
      return ExitCode.done;
    } finally {
      await client.close();
    }
  },
});
