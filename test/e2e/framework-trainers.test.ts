import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadPipeline } from '../../src/pipelines/load-pipeline.ts';
import type { PipelineResult } from '../../src/schemas/pipeline-run.ts';
import { killWorker } from '../support/kill-worker.ts';
import { LocalRuns } from '../support/local-runs.ts';
import { pythonWithKeras, pythonWithTorch } from '../support/python-frameworks.ts';
import { ToldEpochs } from '../support/told-epochs.ts';

const examples = resolve(import.meta.dirname, '../../examples');
let runs: LocalRuns;

beforeAll(async () => {
  runs = await LocalRuns.create();
}, 600_000);
afterAll(() => runs.remove(), 120_000);

test.each([
  ['07-pytorch-trainer', pythonWithTorch],
  ['08-keras-trainer', pythonWithKeras],
])(
  '%s: a training whose worker is killed comes to the same weights, bit for bit',
  async (name, findPython) => {
    const python = await findPython();
    const pipeline = await loadPipeline(`${examples}/${name}/pipeline.yaml`);
    const [step] = pipeline.steps;
    if (step?.exec === undefined) throw new Error('The example has no program.');
    step.exec.command = [python, 'train.py'];
    const start = (workflowId: string, pause: number) =>
      runs.client.workflow.start('pipeline', {
        ...{ taskQueue: 'sevenfold', workflowId: `${name}-${workflowId}` },
        args: [{ pipeline, inputs: { epochs: 10, pause } }],
      });
    const calm = (await (await start('calm', 0)).result()) as PipelineResult;
    const disturbed = await start('disturbed', 0.5);
    const epochs = new ToldEpochs(disturbed);
    await epochs.reached(3);
    await killWorker(runs.home, 'worker-cpu');
    const result = (await disturbed.result()) as PipelineResult;
    expect(result.outputs['weights']).toEqual(calm.outputs['weights']);
    expect(result.outputs['accuracy']).toBe(calm.outputs['accuracy']);
    expect(result.outputs['accuracy']).toBeGreaterThan(0.9);
    // It did not begin anew: its last checkpoint is that of its last epoch, or of the one before.
    await epochs.ended;
    expect(epochs.all).toEqual(epochs.all.toSorted((a, b) => a - b));
  },
  1_200_000,
);
