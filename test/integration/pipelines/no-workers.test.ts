import type { WorkflowClient } from '@temporalio/client';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readStack } from '../../../src/connection.ts';
import type { PipelineState } from '../../../src/schemas/pipeline-run.ts';
import { add } from '../../fixtures/arithmetic-steps.ts';
import { CommandHome } from '../../support/command.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { pipelineOf } from '../../support/pipelines.ts';
import { until } from '../../support/until.ts';

const NAMESPACE = 'without-workers';
let runs: LocalRuns;
let workflow: WorkflowClient;
/** Its workers serve a namespace that has no others. */
let home: CommandHome;

beforeAll(async () => {
  runs = await LocalRuns.create();
  home = await CommandHome.create();
  ({ workflow } = await runs.namespace(NAMESPACE));
  const { address } = (await readStack(runs.home.home)) ?? {};
  Object.assign(home.environment, { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: NAMESPACE });
}, 180_000);
afterAll(async () => {
  await home.remove();
  await runs.remove();
}, 60_000);

/** Ends with the test, however that ends. */
function startWorker(queue: string) {
  const worker = home.start('worker', '--queue', queue);
  onTestFinished(async () => {
    await worker.interrupt('SIGKILL');
  });
  return worker;
}

test('a step that no worker polls for says so, and begins when one comes', async () => {
  const step = { id: 'sum', ...add.parts, ...add.types, with: { a: 1, b: 2 } };
  const pipeline = pipelineOf([step], { outputs: { sum: { $from: 'steps.sum.sum' } } });
  // A namespace that was just made is not known to all of the server at once.
  const run = await until(() =>
    workflow
      .start('pipeline', {
        ...{ taskQueue: 'sevenfold', workflowId: 'lonely', args: [{ pipeline }] },
      })
      .catch(() => null),
  );
  const main = startWorker('sevenfold');
  const noteOf = async () =>
    (await run.query<PipelineState>('pipelineState').catch(() => null))?.steps[0]?.note;
  await until(async () => (await noteOf())?.startsWith('waiting'));
  expect(await noteOf()).toBe(
    "waiting: no worker polls the task queue sevenfold-cpu. Start one with 'sevenfold worker --queue sevenfold-cpu'.",
  );
  const cpu = startWorker('sevenfold-cpu');
  expect(await run.result()).toMatchObject({ outputs: { sum: 3 } });
  expect(await noteOf()).toBe('');
  for (const worker of [main, cpu]) expect((await worker.interrupt('SIGTERM')).code).toBe(0);
}, 120_000);
