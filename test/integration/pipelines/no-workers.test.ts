import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { PipelineState } from '../../../src/schemas/pipeline-run.ts';
import { add } from '../../fixtures/arithmetic-steps.ts';
import { CommandHome } from '../../support/command.ts';
import { pipelineOf } from '../../support/pipelines.ts';
import { TemporalServer } from '../../support/temporal-server.ts';
import { until } from '../../support/until.ts';

let server: TemporalServer;
/** Its workers are the only ones that the server has. */
let home: CommandHome;

beforeAll(async () => {
  server = await TemporalServer.start();
  home = await CommandHome.create();
  home.environment['TEMPORAL_ADDRESS'] = server.address;
});
afterAll(async () => {
  await home.remove();
  await server.stop();
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
  const run = await server.client.workflow.start('pipeline', {
    ...{ taskQueue: 'sevenfold', workflowId: 'lonely', args: [{ pipeline }] },
  });
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
