import { setTimeout as pause } from 'node:timers/promises';
import { RandomStream } from '../../src/ml/random.ts';
import type { JobInput } from '../../src/schemas/job.ts';
import type { LifecycleResult } from '../../src/schemas/run.ts';
import { type Disturbance, dieAtPoints, type Hit, type Target } from './disturbances.ts';
import { type Essence, essenceOf } from './essence.ts';
import type { Scenario } from './scenarios.ts';
import type { DisturbedStack } from './stack.ts';

/** Time between two hits: long enough for a checkpoint, so that the run gets on. */
const SHORTEST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 4_000;
/** One pause in so many is long enough for work that has no checkpoints. */
const CALM_EVERY = 4;
const CALM_MS = 12_000;
const LOOK_AGAIN_MS = 50;

export interface ScenarioRun {
  readonly hits: readonly Hit[];
  readonly essence: Essence;
  readonly seconds: number;
}

/** One run from start to end, disturbed all the way; without a scenario, left alone. */
export async function runScenario(
  stack: DisturbedStack,
  job: JobInput,
  scenario: Scenario | null,
  seed: number,
): Promise<ScenarioRun> {
  const startedAtMs = Date.now();
  const handle = await stack.client.start(job);
  let ended = false;
  const result: Promise<LifecycleResult> = stack.client.result(handle).finally(() => {
    ended = true;
  });
  const target: Target = {
    stack,
    runId: handle.firstExecutionRunId,
    workflowId: handle.workflowId,
    state: () => stack.client.state(handle),
    hasEnded: () => ended,
  };
  const [outcome, hits] = await Promise.all([
    result,
    scenario === null ? [] : disturb(target, scenario, seed),
  ]);
  return {
    hits,
    essence: await essenceOf(stack.stores, outcome),
    seconds: (Date.now() - startedAtMs) / 1000,
  };
}

async function disturb(target: Target, scenario: Scenario, seed: number): Promise<Hit[]> {
  const { name, disturbances, points } = scenario;
  if (points !== undefined) return dieAtPoints(target, points);
  const random = new RandomStream(seed, `chaos/${name}`);
  const hits: Hit[] = [];
  // Each kind once before any comes again, so that a short run sees them all.
  const left = new Set(disturbances);
  while (!target.hasEnded()) {
    const choice = left.size > 0 ? [...left] : disturbances;
    const disturbance = choice[random.below(choice.length)] as Disturbance;
    const hit = await disturbance(target);
    if (hit) {
      hits.push(hit);
      left.delete(disturbance);
    }
    await pause(hit ? pauseMs(random) : LOOK_AGAIN_MS);
  }
  return hits;
}

function pauseMs(random: RandomStream): number {
  if (random.below(CALM_EVERY) === 0) return CALM_MS;
  return SHORTEST_PAUSE_MS + random.below(LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS);
}
