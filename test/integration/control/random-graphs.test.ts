import { readFile } from 'node:fs/promises';

import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GraphRun } from '../../../src/pipelines/graph-run.ts';
import type { GraphEnd, Task } from '../../../src/pipelines/graph-state.ts';
import type { Pipeline } from '../../../src/schemas/pipeline.ts';
import type { PipelineResult } from '../../../src/schemas/pipeline-run.ts';
import { square, total } from '../../fixtures/arithmetic-steps.ts';
import { imagine, imagined } from '../../fixtures/imagined-step.ts';
import { LocalRuns } from '../../support/local-runs.ts';
import { pipelineOf } from '../../support/pipelines.ts';
import { randomPipeline } from '../../support/random-pipeline.ts';
import { until } from '../../support/until.ts';

const GRAPHS = 50;
const AT_ONCE = 10;
const inputs = { list: [5, 3, 3, 8], x: 17 };
let runs: LocalRuns;

beforeAll(async () => {
  runs = await LocalRuns.create();
}, 400_000);
afterAll(() => runs.remove(), 60_000);

const start = (workflowId: string, pipeline: Pipeline, given: object) =>
  runs.client.workflow.start('pipeline', {
    ...{ taskQueue: 'sevenfold', workflowId, args: [{ pipeline, inputs: given }] },
  });

/** What a graph comes to where nothing is in the way. */
function expected(pipeline: Pipeline): { end: GraphEnd; statuses: Record<string, string> } {
  const run = new GraphRun(pipeline, inputs);
  const underWay: Task[] = [];
  for (let end = run.end(); ; end = run.end()) {
    if (end !== null) {
      const steps = Object.entries(run.state.steps);
      return { end, statuses: Object.fromEntries(steps.map(([id, { status }]) => [id, status])) };
    }
    underWay.push(...run.next());
    const task = underWay.shift();
    if (task === undefined) continue;
    const found = imagine(task.inputs['numbers']);
    run.ended(
      task.key,
      found === null
        ? { status: 'failed', failure: 'no luck' }
        : { status: 'completed', outputs: found },
    );
  }
}

test(`${GRAPHS} random graphs come to what the planner says, although workers are killed`, async () => {
  const kinds = { completed: 0, failed: 0 };
  for (let first = 0; first < GRAPHS; first += AT_ONCE) {
    const seeds = Array.from({ length: AT_ONCE }, (_, i) => first + i);
    await Promise.all(
      seeds.map(async (seed) => {
        const pipeline = randomPipeline(seed, { uses: imagined.parts.uses, ...imagined.types });
        const { end, statuses } = expected(pipeline);
        const run = await start(`random-${seed}`, pipeline, inputs);
        if (seed % AT_ONCE === 0) await killInTheMiddle(run, (seed / AT_ONCE) % 2 === 0);
        const wanted =
          end.status === 'failed' ? { failure: 'StepFailed' } : { outputs: end.outputs, statuses };
        expect(await outcomeOf(run), `seed ${seed}`).toEqual(wanted);
        kinds[end.status as 'completed' | 'failed'] += 1;
      }),
    );
  }
  expect(kinds.completed).toBeGreaterThan(5);
  expect(kinds.failed).toBeGreaterThan(5);
}, 1_200_000);

test('10,000 items are within the limits of histories, and their join gets all of them', async () => {
  const pipeline = pipelineOf(
    [
      {
        ...{ id: 'squares', ...square.parts, ...square.types },
        each: { in: { $from: 'inputs.list' }, atOnce: 100 },
        with: { x: { $from: 'item' } },
      },
      {
        ...{ id: 'sum', ...total.parts, ...total.types },
        with: { numbers: { $from: 'steps.squares.squared' } },
      },
    ],
    {
      inputs: { list: { type: 'number[]' } },
      outputs: { sum: { $from: 'steps.sum.sum' }, count: { $from: 'steps.sum.count' } },
    },
  );
  const list = Array.from({ length: 10_000 }, (_, i) => i);
  const run = await start('long-list', pipeline, { list });
  const result = (await run.result()) as PipelineResult;
  expect(result.outputs).toEqual({ sum: list.reduce((sum, x) => sum + x * x, 0), count: 10_000 });
  const { historyLength } = await run.describe();
  expect(historyLength).toBeLessThan(1_000);
  const part = await runs.client.workflow.getHandle('long-list/squares[0]').describe();
  expect(part.historyLength).toBeLessThan(20_000);
}, 2_400_000);

/** What a run came to, whichever way. */
async function outcomeOf(run: Awaited<ReturnType<typeof start>>) {
  try {
    const { outputs, steps } = (await run.result()) as PipelineResult;
    const statuses = Object.fromEntries(steps.map(({ id, status }) => [id, status]));
    return { outputs, statuses };
  } catch {
    return { failure: (await runs.failure(run)).type };
  }
}

/** Kills a worker when a run has got somewhere; whoever else it worked for is hit, too. */
async function killInTheMiddle(run: Pick<WorkflowHandle, 'describe'>, isMain: boolean) {
  const hasMoved = async () => {
    const { historyLength, status } = await run.describe();
    return historyLength > 15 || status.name !== 'RUNNING';
  };
  await until(hasMoved, { everyMs: 50 });
  const pid = await until(() => pidOf(isMain ? 'worker-main' : 'worker-cpu'), { everyMs: 200 });
  process.kill(pid, 'SIGKILL');
}

async function pidOf(name: string): Promise<number | null> {
  const text = await readFile(`${runs.home.home}/stack.json`, 'utf8');
  const { processes } = JSON.parse(text) as { processes: { name: string; pid: number | null }[] };
  return processes.find((process) => process.name === name)?.pid ?? null;
}
