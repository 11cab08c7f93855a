import { expect, test } from 'vitest';
import { GraphRun } from '../../../src/pipelines/graph-run.ts';
import { parsePipeline } from '../../../src/pipelines/parse-pipeline.ts';
import { lifecyclePipeline } from '../../../src/workflows/lifecycle-pipeline.ts';
import { runSteps, type StepObserver } from '../../../src/workflows/run-steps.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const exec = { command: ['imagined'] };
const square = (id: string) => ({
  id,
  ...{ uses: 'exec', exec, output: { out: 'number' } },
  with: { x: { $from: 'steps.add.out' } },
});
const add = {
  id: 'add',
  uses: 'exec',
  exec,
  output: { out: 'number' },
  with: { a: { $from: 'inputs.a' }, b: 2 },
};
const pipeline = pipelineOf([square('left'), add, square('right')], {
  inputs: { a: { type: 'number' } },
  outputs: { result: { $from: 'steps.right.out' } },
});
const kinds = {
  exec: async ({ a, b, x }: Record<string, unknown>) => ({
    out: x === undefined ? Number(a) + Number(b) : Number(x) ** 2,
  }),
};

const recordingObserver = (events: string[]): StepObserver => ({
  mayStart: async () => undefined,
  started: (step) => void events.push(`start ${step.id}`),
  completed: async (step) => void events.push(`end ${step.id}`),
  failed: async (step) => void events.push(`fail ${step.id}`),
});

test('the default graph is in canonical form, and has no fault', () => {
  expect(parsePipeline(lifecyclePipeline)).toEqual(lifecyclePipeline);
});

test('a step begins when what it needs is there, and side by side with others', async () => {
  const events: string[] = [];
  const graph = new GraphRun(pipeline, { a: 1 });
  expect(await runSteps(graph, kinds, recordingObserver(events))).toEqual({ result: 9 });
  expect(events.slice(0, 4)).toEqual(['start add', 'end add', 'start left', 'start right']);
});

test('what a step threw is what the run throws, and later steps never start', async () => {
  const events: string[] = [];
  const fault = new Error('no numbers');
  const failing = { exec: () => Promise.reject(fault) };
  const graph = new GraphRun(pipeline, { a: 1 });
  await expect(runSteps(graph, failing, recordingObserver(events))).rejects.toBe(fault);
  expect(events).toEqual(['start add', 'fail add']);
});
