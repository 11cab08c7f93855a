import type { Config } from '../../config.ts';
import { type Command, ExitCode, onlyPositional } from '../command.ts';
import { Detached, followRun } from '../follow-run.ts';
import { LifecycleClient } from '../lifecycle-client.ts';
import type { Output } from '../output.ts';
import { exportReport, presentResult, webUiAddress } from '../present-result.ts';
import type { RunHandle } from '../run-client.ts';
import { liveStack } from '../stack/ensure-stack.ts';

export const attach: Command = {
  usage: '<workflow id>',
  options: {},
  async run(invocation) {
    const { config, output } = invocation;
    const workflowId = onlyPositional(invocation, 'workflow id');
    const client = await LifecycleClient.connect(config);
    try {
      return await attachTo(client, await client.existing(workflowId), config, output);
    } finally {
      await client.close();
    }
  },
};

/** Follows a run to its result and says what came of it; Ctrl-C leaves it running. */
export async function attachTo(
  client: LifecycleClient,
  handle: RunHandle,
  config: Config,
  output: Output,
): Promise<number> {
  try {
    const result = await followRun(client, handle, output);
    const report = await exportReport(config, result);
    const stack = await liveStack(config.home);
    const webUi =
      stack === null
        ? null
        : webUiAddress(stack.webUi, stack.namespace, handle.workflowId, result.runId);
    presentResult(output, result, { report, webUi });
    output.result({ ...result, workflowId: handle.workflowId, reportPath: report, webUi });
    return ExitCode.done;
  } catch (error) {
    if (!(error instanceof Detached)) throw error;
    output.line('\ndetached; the run goes on');
    output.line(`attach again  sevenfold attach ${handle.workflowId}`);
    output.line(`cancel        sevenfold cancel ${handle.workflowId}`);
    output.result({ workflowId: handle.workflowId, detached: true });
    return ExitCode.detached;
  }
}
