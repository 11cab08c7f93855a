import type { Config } from '../config.ts';
import type { RetrainingResult } from '../schemas/retraining-record.ts';
import type { RunState } from '../schemas/run-state.ts';
import { ExitCode } from './command.ts';
import { Detached, followRun } from './follow-run.ts';
import { graphLines } from './graph-lines.ts';
import { LifecycleClient } from './lifecycle-client.ts';
import { lifecycleLines } from './lifecycle-lines.ts';
import type { Output } from './output.ts';
import { PipelineClient } from './pipeline-client.ts';
import { exportReport, presentResult, webUiAddress } from './present-result.ts';
import { RunClient, type RunHandle } from './run-client.ts';
import { RUN_KINDS, type RunKind, type RunKindName } from './run-kinds.ts';
import { liveStack } from './stack/ensure-stack.ts';

/** A run, and what is needed to follow it. */
interface Followed {
  readonly client: RunClient<unknown, unknown>;
  readonly handle: RunHandle;
  readonly config: Config;
  readonly output: Output;
}

/** Follows a run of any kind to its result and says what came of it; Ctrl-C leaves it running. */
export async function attachTo(
  client: RunClient<unknown, unknown>,
  { handle, kind }: { readonly handle: RunHandle; readonly kind: RunKind },
  config: Config,
  output: Output,
): Promise<number> {
  const { workflowId } = handle;
  try {
    const result = await FOLLOW[kind.name]({ client, handle, config, output });
    output.result({ ...result, workflowId });
    return ExitCode.done;
  } catch (error) {
    if (!(error instanceof Detached)) throw error;
    output.line('\ndetached; the run goes on');
    output.line(`attach again  sevenfold attach ${workflowId}`);
    output.line(`cancel        sevenfold cancel ${workflowId}`);
    output.result({ workflowId, detached: true });
    return ExitCode.detached;
  }
}

/** Shows a run to its end, tells people what came of it, and gives programs the same. */
const FOLLOW: Readonly<Record<RunKindName, (run: Followed) => Promise<object>>> = {
  async lifecycle({ client: { temporal, settings }, handle, config, output }) {
    const client = new LifecycleClient(temporal, settings);
    const result = await followRun(client, handle, output, lifecycleLines(output));
    const report = await exportReport(config, result);
    const stack = await liveStack(config.home);
    const webUi =
      stack && webUiAddress(stack.webUi, stack.namespace, handle.workflowId, result.runId);
    presentResult(output, result, { report, webUi });
    return { ...result, reportPath: report, webUi };
  },

  async graph({ client: { temporal, settings }, handle, output }) {
    const client = new PipelineClient(temporal, settings);
    const show = graphLines(output, handle.workflowId);
    const result = await followRun(client, handle, output, show);
    output.line(`${result.status} in ${result.seconds.toFixed(1)} s`);
    for (const [name, value] of Object.entries(result.outputs)) {
      output.line(`  ${name}  ${JSON.stringify(value)}`);
    }
    return result;
  },

  async retraining({ client: { temporal, settings }, handle, output }) {
    const { retraining } = RUN_KINDS;
    const client = new RunClient<RunState, RetrainingResult>(temporal, settings, retraining);
    const result = await followRun(client, handle, output, lifecycleLines(output));
    const { decision, reason, model, champion } = result;
    output.line(`${decision}: ${reason}`);
    if (champion !== null) output.line(`model    ${model}, version ${champion} (champion)`);
    return result;
  },

  async step({ client: { temporal, settings }, handle, output }) {
    const client = new RunClient<RunState, object>(temporal, settings, RUN_KINDS.step);
    const outputs = await followRun(client, handle, output, lifecycleLines(output));
    output.line(`gave ${Object.keys(outputs).join(', ')}, for the graph that it is a step of`);
    return { outputs };
  },
};
