import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadPipeline } from '../../src/pipelines/load-pipeline.ts';
import type { PipelineResult, PipelineState } from '../../src/schemas/pipeline-run.ts';
import { LocalRuns } from '../support/local-runs.ts';
import { pythonWithKeras, pythonWithTorch } from '../support/python-frameworks.ts';
import { until } from '../support/until.ts';

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
    const disturbed = await start('disturbed', 1);
    await until(
      async () => {
        const state = await disturbed.query<PipelineState>('pipelineState').catch(() => null);
        return /epoch [2-8]$/.exec(state?.steps[0]?.note ?? '');
      },
      { everyMs: 100 },
    );
    process.kill(await cpuWorker(), 'SIGKILL');
    const result = (await disturbed.result()) as PipelineResult;
    expect(result.outputs['weights']).toEqual(calm.outputs['weights']);
    expect(result.outputs['accuracy']).toBe(calm.outputs['accuracy']);
    expect(result.outputs['accuracy']).toBeGreaterThan(0.9);
  },
  1_200_000,
);

async function cpuWorker(): Promise<number> {
  const stack = JSON.parse(await readFile(`${runs.home.home}/stack.json`, 'utf8')) as {
    processes: { name: string; pid: number }[];
  };
  return stack.processes.find(({ name }) => name === 'worker-cpu')?.pid ?? 0;
}
