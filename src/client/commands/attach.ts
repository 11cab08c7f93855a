import { attachTo } from '../attach-to.ts';
import { type Command, onlyPositional } from '../command.ts';
import { LifecycleClient } from '../lifecycle-client.ts';

export const attach: Command = {
  usage: '<workflow id>',
  options: {},
  async run(invocation) {
    const { config, output } = invocation;
    const workflowId = onlyPositional(invocation, 'workflow id');
    const client = await LifecycleClient.connect(config);
    try {
      return await attachTo(client, await client.find(workflowId), config, output);
    } finally {
      await client.close();
    }
  },
};
