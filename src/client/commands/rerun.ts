import { connectionSettings } from '../../connection.ts';
import { ensureReady } from '../../setup/ensure-ready.ts';
import { attachTo } from '../attach-to.ts';
import { type Command, ExitCode, onlyPositional, requiredOption } from '../command.ts';
import { readAssignment } from '../job-file.ts';
import { LifecycleClient } from '../lifecycle-client.ts';
import { ensureStack } from '../stack/ensure-stack.ts';

export const rerun: Command = {
  usage: `<workflow id or run id> --from <step> [options]

  --from <step>          the first step that is done anew, such as train
  --set <key>=<value>    a field of the job to change, such as optimise.rounds=3; repeatable
  --detach               start the run and leave it to itself`,
  options: {
    from: { type: 'string' },
    set: { type: 'string', multiple: true },
    detach: { type: 'boolean' },
  },
  async run(invocation) {
    const { config, output, options } = invocation;
    const reference = onlyPositional(invocation, 'workflow id or run id');
    const from = requiredOption(invocation, 'from');
    const set = Object.fromEntries(options.list('set').map(readAssignment));
    await ensureReady(config, (text) => output.line(text));
    const { origin } = await connectionSettings(config);
    if (origin !== 'environment') await ensureStack(config, (text) => output.live(text));
    const client = await LifecycleClient.connect(config);
    try {
      const handle = await client.rerun(reference, { from, set });
      output.line(`run ${handle.workflowId}`);
      if (!options.has('detach')) {
        return await attachTo(client, { handle, kind: client.kind }, config, output);
      }
      output.result({ workflowId: handle.workflowId, runId: handle.firstExecutionRunId });
      return ExitCode.done;
    } finally {
      await client.close();
    }
  },
};
