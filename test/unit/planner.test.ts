import { expect, test } from 'vitest';
import type { Plan, PlanStep } from '../../src/schemas/plan.ts';
import type { StepStatus } from '../../src/schemas/run.ts';
import { lifecyclePlan } from '../../src/workflows/lifecycle-plan.ts';
import { findPlanFaults, readySteps } from '../../src/workflows/planner.ts';

const step = (id: string, sources: string[] = [], after: string[] = []): PlanStep => ({
  id,
  uses: id,
  summary: id,
  inputs: Object.fromEntries(
    sources.map((source) => [source, { from: 'step', step: source, output: 'out' } as const]),
  ),
  outputs: ['out'],
  after,
});
const plan = (...steps: PlanStep[]): Plan => ({
  schemaVersion: 1,
  name: 'test',
  steps,
  outputs: {},
});
const statuses = (entries: Record<string, StepStatus>) => new Map(Object.entries(entries));

test('the default plan has no fault and starts with preprocess alone', () => {
  expect(findPlanFaults(lifecyclePlan)).toEqual([]);
  const waiting = new Map(lifecyclePlan.steps.map(({ id }) => [id, 'waiting' as const]));
  expect(readySteps(lifecyclePlan, waiting).map(({ id }) => id)).toEqual(['preprocess']);
});

test('steps that do not depend on each other are ready together', () => {
  const diamond = plan(step('a'), step('b', ['a']), step('c', ['a']), step('d', ['b', 'c']));
  const ready = (entries: Record<string, StepStatus>) =>
    readySteps(diamond, statuses(entries)).map(({ id }) => id);
  expect(ready({ a: 'completed', b: 'waiting', c: 'waiting', d: 'waiting' })).toEqual(['b', 'c']);
  expect(ready({ a: 'completed', b: 'completed', c: 'running', d: 'waiting' })).toEqual([]);
  expect(ready({ a: 'completed', b: 'completed', c: 'completed', d: 'waiting' })).toEqual(['d']);
});

test('a step waits for one that it only comes after', () => {
  const ordered = plan(step('a'), step('b', [], ['a']));
  expect(readySteps(ordered, statuses({ a: 'running', b: 'waiting' }))).toEqual([]);
});

test('faults are named with their path', () => {
  expect(findPlanFaults(plan(step('a', ['ghost'])))).toEqual([
    "steps.a.inputs.ghost: there is no step 'ghost'",
  ]);
  expect(findPlanFaults(plan(step('a', [], ['ghost'])))).toEqual([
    "steps.a.after: there is no step 'ghost'",
  ]);
  expect(findPlanFaults(plan(step('a', ['b']), step('b', ['a'])))).toEqual([
    'steps: a, b wait for each other in a cycle',
  ]);
  expect(findPlanFaults(plan(step('a'), step('a')))).toContain('steps: two steps have the same id');
  const wrongOutput: Plan = {
    ...plan(step('a')),
    outputs: { x: { from: 'step', step: 'a', output: 'nothing' } },
  };
  expect(findPlanFaults(wrongOutput)).toEqual(["outputs.x: step 'a' has no output 'nothing'"]);
});
