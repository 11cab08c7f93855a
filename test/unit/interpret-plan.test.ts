import { expect, test } from 'vitest';
import type { Plan, PlanStep } from '../../src/schemas/plan.ts';
import { interpretPlan, type PlanObserver } from '../../src/workflows/interpret-plan.ts';

const add: PlanStep = {
  id: 'add',
  uses: 'add',
  summary: 'a + b',
  inputs: { a: { from: 'run', name: 'a' }, b: { from: 'run', name: 'b' } },
  outputs: ['sum'],
  after: [],
};
const square = (id: string): PlanStep => ({
  id,
  uses: 'square',
  summary: 'x²',
  inputs: { x: { from: 'step', step: 'add', output: 'sum' } },
  outputs: ['squared'],
  after: [],
});
const plan: Plan = {
  schemaVersion: 1,
  name: 'sums',
  steps: [square('left'), add, square('right')],
  outputs: { result: { from: 'step', step: 'right', output: 'squared' } },
};
const kinds = {
  add: async ({ a, b }: Record<string, unknown>) => ({ sum: Number(a) + Number(b) }),
  square: async ({ x }: Record<string, unknown>) => ({ squared: Number(x) ** 2 }),
};

function recordingObserver(events: string[]): PlanObserver {
  return {
    mayStart: async () => undefined,
    started: (step) => void events.push(`start ${step.id}`),
    completed: async (step) => void events.push(`end ${step.id}`),
    failed: async (step) => void events.push(`fail ${step.id}`),
    reused: (step) => void events.push(`reuse ${step.id}`),
  };
}

test('outputs flow along the wires, whatever the order of declaration', async () => {
  const events: string[] = [];
  const outputs = await interpretPlan(plan, { a: 1, b: 2 }, kinds, recordingObserver(events));
  expect(outputs).toEqual({ result: 9 });
  expect(events.slice(0, 4)).toEqual(['start add', 'end add', 'start left', 'start right']);
});

test('steps whose outputs are known are not run, and those after them take these outputs', async () => {
  const events: string[] = [];
  const outputs = await interpretPlan(plan, {}, kinds, recordingObserver(events), {
    add: { sum: 5 },
  });
  expect(outputs).toEqual({ result: 25 });
  expect(events.slice(0, 3)).toEqual(['reuse add', 'start left', 'start right']);
});

test('the first failure ends the run, and later steps never start', async () => {
  const events: string[] = [];
  const failing = { ...kinds, add: () => Promise.reject(new Error('no numbers')) };
  await expect(
    interpretPlan(plan, { a: 1, b: 2 }, failing, recordingObserver(events)),
  ).rejects.toThrow('no numbers');
  expect(events).toEqual(['start add', 'fail add']);
});

test('a plan with an unknown kind of step is refused before anything runs', async () => {
  const events: string[] = [];
  await expect(
    interpretPlan(plan, {}, { add: kinds.add }, recordingObserver(events)),
  ).rejects.toThrow("steps.left.uses: there is no step kind 'square'");
  expect(events).toEqual([]);
});
