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

/** Runs two steps side by side that ask for the same. */
async function startPair(workflowId: string, gpu: 'none' | 'required') {
  const step = { ...add.parts, ...add.types, with: { a: 1, b: 2 }, resources: { gpu } };
  const steps = ['one', 'two'].map((id) => ({ ...step, id }));
  const pipeline = pipelineOf(steps, { outputs: { sum: { $from: 'steps.one.sum' } } });
  const run = await server.client.workflow.start('pipeline', {
    ...{ taskQueue: 'sevenfold', workflowId, args: [{ pipeline }] },
  });
  const notes = async () =>
    (await run.query<PipelineState>('pipelineState').catch(() => null))?.steps.map(
      ({ note }) => note,
    );
  return { run, notes };
}

test.each([
  { gpu: 'none', queue: 'sevenfold-cpu' },
  { gpu: 'required', queue: 'sevenfold-gpu' },
] as const)(
  'steps that no worker polls $queue for say so, each, and begin when one comes',
  async ({ gpu, queue }) => {
    const { run, notes } = await startPair(`lonely-${gpu}`, gpu);
    const main = startWorker('sevenfold');
    await until(async () => (await notes())?.every((note) => note.startsWith('waiting')));
    const told = `waiting: no worker polls the task queue ${queue}. Start one with 'sevenfold worker --queue ${queue}'.`;
    expect(await notes()).toEqual([told, told]);
    const heavy = startWorker(queue);
    expect(await run.result()).toMatchObject({ outputs: { sum: 3 } });
    expect(await notes()).toEqual(['', '']);
    for (const worker of [main, heavy]) expect((await worker.interrupt('SIGTERM')).code).toBe(0);
  },
  120_000,
);
