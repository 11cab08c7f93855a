import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../src/canonical-json.ts';
import { GraphRun } from '../../../src/pipelines/graph-run.ts';
import type { GraphState, Task, TaskOutcome } from '../../../src/pipelines/graph-state.ts';
import { hasEnded } from '../../../src/pipelines/graph-state.ts';
import type { Pipeline } from '../../../src/schemas/pipeline.ts';
import { Draws, randomPipeline } from '../../support/random-pipeline.ts';

const GRAPHS = 1_200;
const inputs = { list: [5, 3, 3, 8], x: 17 };
const FAILURES = 0.12;

/** What a task comes to depends on its step and its inputs alone. */
function outcomeOf({ key, step, inputs }: Task): TaskOutcome {
  const hash = createHash('sha256')
    .update(canonicalJson([step.id, inputs]))
    .digest();
  if (hash.readUInt32BE(0) / 2 ** 32 < FAILURES) return { status: 'failed', failure: `no ${key}` };
  const out = hash.readUInt16BE(4) % 1_000;
  return { status: 'completed', outputs: { out, list: [...hash.subarray(8, 8 + (out % 4))] } };
}

interface Disturbance {
  /** Which of those under way ends next. */
  pick(underWay: readonly Task[]): number;
  /** Whether everything is killed now, and goes on from what was kept. */
  kills(): boolean;
}

const undisturbed: Disturbance = { pick: () => 0, kills: () => false };

function carryOut(pipeline: Pipeline, { pick, kills }: Disturbance) {
  let run = new GraphRun(pipeline, inputs);
  let underWay: Task[] = [];
  for (let events = 0; events < 2_000; events++) {
    const begun = run.next();
    for (const task of begun) checkInputs(pipeline, run.state, task);
    underWay.push(...begun);
    if (kills()) {
      const kept = JSON.parse(JSON.stringify(run.state)) as GraphState;
      run = new GraphRun(pipeline, inputs, kept);
      run.restart();
      const again = run.next();
      checkSame(again, underWay);
      underWay = underWay.map(({ key }) => again.find((task) => task.key === key) as Task);
    }
    const end = run.end();
    if (end !== null) return { end, state: run.state };
    const [task] = underWay.splice(pick(underWay), 1);
    if (task === undefined) throw new Error(`stuck: ${JSON.stringify(run.state)}`);
    run.ended(task.key, outcomeOf(task));
  }
  throw new Error('The graph does not end.');
}

/** What begins again is the same work, and no other. */
const checkSame = (again: readonly Task[], before: readonly Task[]): void =>
  expect(essenceOf(again)).toBe(essenceOf(before));

const essenceOf = (tasks: readonly Task[]): string =>
  canonicalJson(tasks.map(({ key, inputs }) => canonicalJson([key, inputs])).sort());

/** No task begins without all that it takes, and none before what it comes after. */
function checkInputs(pipeline: Pipeline, state: GraphState, { key, step, inputs }: Task): void {
  const steps = [...pipeline.steps, ...pipeline.finally];
  for (const value of (inputs['numbers'] as unknown[]).flat()) {
    const mayBeNull = steps.some(({ each, onFailure }) => each && onFailure === 'continue');
    if (mayBeNull && value === null) continue;
    if (typeof value !== 'number') expect.unreachable(`${key} was given ${String(value)}`);
  }
  for (const id of step.after) {
    const { status } = state.steps[id] ?? {};
    const { onFailure } = steps.find((each) => each.id === id) ?? {};
    expect(status === 'completed' || (status === 'failed' && onFailure === 'continue')).toBe(true);
  }
  if (pipeline.finally.includes(step)) {
    const ended = pipeline.steps
      .map(({ id }) => state.steps[id])
      .map((each) => each && hasEnded(each));
    expect(ended.every(Boolean)).toBe(true);
  }
}

/** What may not depend on the order in which things happen. */
function essence({ end, state }: ReturnType<typeof carryOut>) {
  const { status } = end;
  return status === 'completed' ? { end, state } : { status };
}

/** Seconds on a machine at rest; one that is shared by many takes minutes. */
const TIMEOUT_MS = 900_000;
const seen = { completed: 0, failed: 0, skipped: 0 };

test(
  `${GRAPHS} random graphs come to the same, killed between any two events, in any order`,
  () => {
    for (let seed = 0; seed < GRAPHS; seed++) {
      const pipeline = randomPipeline(seed);
      const expected = carryOut(pipeline, undisturbed);
      const always = { ...undisturbed, kills: () => true };
      const killed = carryOut(pipeline, always);
      expect(canonicalJson(killed), `seed ${seed}, killed always`).toBe(canonicalJson(expected));
      for (let variant = 0; variant < 2; variant++) {
        const draws = new Draws(`disturbance ${seed} ${variant}`);
        const found = carryOut(pipeline, {
          pick: (underWay) => draws.below(Math.max(1, underWay.length)),
          kills: () => draws.chance(0.3),
        });
        const where = `seed ${seed}, variant ${variant}`;
        expect(canonicalJson(essence(found)), where).toBe(canonicalJson(essence(expected)));
        checkSubset(found.state, expected.state, seed);
      }
      seen[expected.end.status as 'completed' | 'failed'] += 1;
      if (Object.values(expected.state.steps).some(({ status }) => status === 'skipped'))
        seen.skipped += 1;
    }
    // Graphs that all went one way would prove little.
    expect(seen.completed).toBeGreaterThan(GRAPHS / 5);
    expect(seen.failed).toBeGreaterThan(GRAPHS / 5);
    expect(seen.skipped).toBeGreaterThan(GRAPHS / 5);
  },
  TIMEOUT_MS,
);

/** What was done in both came to the same; what is done at the end sees how far the rest came. */
function checkSubset(found: GraphState, expected: GraphState, seed: number): void {
  for (const [id, step] of Object.entries(found.steps)) {
    const other = expected.steps[id];
    if (id === 'last' || step.status !== 'completed' || other?.status !== 'completed') continue;
    const [here, there] = [canonicalJson(step.outputs), canonicalJson(other.outputs)];
    expect(here, `seed ${seed}, step ${id}`).toBe(there);
  }
}
