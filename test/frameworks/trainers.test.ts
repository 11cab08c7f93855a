import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPipeline } from '../../src/pipelines/load-pipeline.ts';
import type { PipelineResult } from '../../src/schemas/pipeline-run.ts';
import { killWorker } from '../support/kill-worker.ts';
import { LocalRuns } from '../support/local-runs.ts';
import { ToldEpochs } from '../support/told-epochs.ts';
import { provideTensorFlow, provideTorch } from './python.ts';

const examples = resolve(import.meta.dirname, '../../examples');
const TRAINERS = {
  '07-pytorch-trainer': await provideTorch(),
  '08-keras-trainer': await provideTensorFlow(),
};
let runs: LocalRuns;

beforeAll(async () => {
  runs = await LocalRuns.create();
}, 600_000);
afterAll(() => runs.remove(), 120_000);

for (const [name, provided] of Object.entries(TRAINERS)) {
  const reason = 'reason' in provided ? `: skipped, since ${provided.reason}` : '';
  describe.skipIf('reason' in provided)(`${name}${reason}`, () => {
    test('a training whose worker is killed comes to the same weights, bit for bit', async () => {
      if ('reason' in provided) return;
      const { command, packages } = provided;
      const pipeline = await loadPipeline(`${examples}/${name}/pipeline.yaml`);
      const [step] = pipeline.steps;
      if (step?.exec === undefined) throw new Error('The example has no program.');
      step.exec.command = [command, 'train.py'];
      if (packages !== undefined) step.exec.env['PYTHONPATH'] = packages;
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
      // It did not begin anew: a program tells of its first epoch at once.
      await epochs.ended;
      expect(epochs.all).toEqual(epochs.all.toSorted((a, b) => a - b));
    });
  });
}
