import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JobInput } from '../../schemas/job.ts';
import type { LifecycleResult } from '../../schemas/run.ts';
import { ensureReady } from '../../setup/ensure-ready.ts';
import { type Command, ExitCode, type Invocation } from '../command.ts';
import { followRun } from '../follow-run.ts';
import { readJobFile } from '../job-file.ts';
import { LifecycleClient } from '../lifecycle-client.ts';
import { lifecycleLines } from '../lifecycle-lines.ts';
import { exportReport, presentResult, webUiAddress } from '../present-result.ts';
import { ensureStack } from '../stack/ensure-stack.ts';

const PENGUIN = {
  island: 'Biscoe',
  bill_length_mm: 46.1,
  bill_depth_mm: 13.2,
  flipper_length_mm: 211,
  body_mass_g: 4500,
  sex: 'female',
  year: 2007,
};

export const demo: Command = {
  usage: '',
  options: {},
  async run({ config, output }: Invocation) {
    await ensureReady(config, (text) => output.line(text));
    const stack = await ensureStack(config, (text) => output.live(text));
    const client = await LifecycleClient.connect(config);
    const runExample = async (folder: string): Promise<LifecycleResult> => {
      const path = fileURLToPath(new URL(`../../../examples/${folder}/job.yaml`, import.meta.url));
      const job = (await readJobFile(path)) as JobInput;
      const handle = await client.start(job, { folder: dirname(path) });
      const result = await followRun(client, handle, output, lifecycleLines(output));
      presentResult(output, result, {
        report: await exportReport(config, result),
        webUi: webUiAddress(stack.webUi, stack.namespace, handle.workflowId, result.runId),
      });
      return result;
    };
    try {
      output.line(
        '1. Which species is a penguin? 344 birds, measured; a fifth of them kept for the test.\n',
      );
      const penguins = await runExample('01-penguins');
      output.line(
        '\n2. A line through 100 points: y = 2x + 1 and noise; 80 to train, 20 to test.\n',
      );
      const line = await runExample('02-line');
      output.line(
        `         The noise alone has a mean squared error of 0.25; this model has ${line.score.toPrecision(3)}.`,
      );
      output.line('\n3. A prediction over HTTP, from a raw record:\n');
      const url = `${stack.serving}/v1/models/${penguins.model}:predict`;
      output.line(`  POST ${url}\n  ${JSON.stringify({ instances: [PENGUIN] })}`);
      const answer = await askForPrediction(url);
      output.line(`  → ${JSON.stringify(answer)}`);
      output.line(`\nThe stack runs on: see ${stack.webUi}, or end it with 'sevenfold down'.`);
      output.result({ penguins, line, prediction: answer, webUi: stack.webUi });
      return ExitCode.done;
    } finally {
      await client.close();
    }
  },
};

async function askForPrediction(url: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ instances: [PENGUIN] }),
  });
  if (!response.ok) throw new Error(`The prediction server answered ${response.status}.`);
  return response.json();
}
