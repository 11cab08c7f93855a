import { userInfo } from 'node:os';
import { type Command, ExitCode, requiredOption, usageError } from '../command.ts';
import { PipelineClient } from '../pipeline-client.ts';

export const approve: Command = {
  usage: `<workflow id> <step> --why <text> [--by <name>] [--reject]`,
  options: {
    why: { type: 'string' },
    by: { type: 'string' },
    reject: { type: 'boolean' },
  },
  async run(invocation) {
    const { config, output, options, positionals } = invocation;
    const [workflowId, step, ...others] = positionals;
    if (workflowId === undefined || step === undefined || others.length > 0) {
      throw usageError('arguments', positionals.join(' '), 'a workflow id and the name of a step');
    }
    const decision = options.has('reject') ? 'reject' : 'approve';
    const by = options.text('by') ?? userInfo().username;
    const why = requiredOption(invocation, 'why');
    const client = await PipelineClient.connect(config);
    try {
      await client.decide(workflowId, { step, decision, by, why });
      output.line(`${step}: ${decision === 'approve' ? 'approved' : 'rejected'} by ${by}`);
      output.result({ workflowId, step, decision, by, why });
      return ExitCode.done;
    } finally {
      await client.close();
    }
  },
};
