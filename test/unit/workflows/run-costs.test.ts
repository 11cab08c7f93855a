import { expect, test } from 'vitest';
import type { Step } from '../../../src/schemas/pipeline.ts';
import { RunCosts } from '../../../src/workflows/run-costs.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const stepWith = (resources: object): Step =>
  pipelineOf([{ id: 'a', uses: 'exec', exec: { command: ['x'] }, resources }]).steps[0] as Step;
const cpu = stepWith({});
const twoGpus = stepWith({ gpu: 'required', gpus: 2 });
const prices = { cpuHour: 3.6, gpuHour: 36 };

test('work costs by its resources and their prices', () => {
  const costs = new RunCosts({ prices }, 0);
  costs.begun('a', cpu, 0);
  costs.begun('b', twoGpus, 0);
  costs.ended('a', 10_000);
  costs.ended('b', 10_000, 5);
  expect(costs.spent).toEqual({
    seconds: 15,
    gpuSeconds: 10,
    money: expect.closeTo(0.01 + 0.1, 12),
  });
});

test('the wall clock stands still in pauses', () => {
  const costs = new RunCosts({ seconds: 60, prices: {} }, 1_000);
  expect(costs.nextLimit(11_000)).toEqual({ inMs: 50_000, what: '60 s' });
  costs.paused(5_000);
  expect(costs.nextLimit(11_000)?.inMs).toBe(55_000);
});

test('what is spent first counts, with what is under way', () => {
  const costs = new RunCosts({ gpuSeconds: 100, money: 1, prices }, 0);
  expect(costs.nextLimit(0)).toBeNull();
  costs.begun('b', twoGpus, 0);
  // Two GPUs use up 100 GPU-seconds in 50 s, and one unit of money in as long.
  expect(costs.nextLimit(20_000)).toMatchObject({ inMs: expect.closeTo(30_000, 6) });
  costs.begun('c', twoGpus, 20_000);
  expect(costs.nextLimit(20_000)).toMatchObject({ inMs: expect.closeTo(15_000, 6) });
  costs.add({ seconds: 0, gpuSeconds: 60, money: 0 });
  expect(costs.nextLimit(20_000)).toEqual({ inMs: 0, what: '100 GPU-seconds' });
});
