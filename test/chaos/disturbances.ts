import { access, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunState } from '../../src/schemas/run-state.ts';
import { childrenOf } from '../support/processes.ts';
import type { DisturbedStack } from './stack.ts';
import { type WorkUnderWay, workUnderWay } from './watch-logs.ts';

/** What one disturbance did, and what it cost. */
export interface Hit {
  readonly what: string;
  /** Whether something was being trained or computed by what was hit. */
  readonly inWork: boolean;
  /** Work since the last checkpoint, which has to be done again. */
  readonly redoneMs: number;
  /** Until the work was taken up again; null when the run ended first. */
  readonly recoveredMs: number | null;
}

export interface Target {
  readonly stack: DisturbedStack;
  readonly runId: string;
  readonly workflowId: string;
  /** What the run tells of itself; null while nobody can answer. */
  state(): Promise<RunState | null>;
  /** Whether the run has ended, so that there is nothing left to wait for. */
  hasEnded(): boolean;
}

/** Disturbs a run once; null where there was nothing to hit. */
export type Disturbance = (target: Target) => Promise<Hit | null>;

/** Each look reads the logs of the run: work for the machine that is looked at. */
const LOOK_EVERY_MS = 100;

/** SIGKILL to a process that trains or computes. */
export const killCompute: Disturbance = async (target) => {
  const [work] = await workIn(target, await target.stack.computing());
  if (work === undefined) return null;
  return hit(target, 'SIGKILL compute process', [work], () => signal(work.pid, 'SIGKILL'));
};

/** A signal to a CPU worker, under which its compute processes go with it. */
export const signalWorker =
  (how: 'SIGKILL' | 'SIGTERM'): Disturbance =>
  async (target) => {
    const worker = await busyWorker(target);
    if (worker === null) return null;
    return hit(target, `${how} CPU worker`, worker.work, () => signal(worker.pid, how));
  };

/** A CPU worker that is cut off for longer than its heartbeats may be missed, and comes back. */
export const partitionWorker: Disturbance = async (target) => {
  const worker = await busyWorker(target);
  if (worker === null) return null;
  const stopped = [worker.pid, ...worker.work.map(({ pid }) => pid)];
  const result = await hit(target, 'SIGSTOP CPU worker', worker.work, () => {
    for (const pid of stopped) signal(pid, 'SIGSTOP');
  });
  for (const pid of stopped) signal(pid, 'SIGCONT');
  return result;
};

/** SIGKILL to the process that runs workflows, or to the Temporal server. */
export const killCore =
  (name: 'worker-main' | 'temporal'): Disturbance =>
  async (target) => {
    const pid = await target.stack.pidOf(name);
    if (pid === null) return null;
    const startedAtMs = Date.now();
    signal(pid, 'SIGKILL');
    while (!target.hasEnded() && (await target.state()) === null) await pause(LOOK_EVERY_MS);
    const recoveredMs = target.hasEnded() ? null : Date.now() - startedAtMs;
    return { what: `SIGKILL ${name}`, inWork: false, redoneMs: 0, recoveredMs };
  };

/** The newest checkpoint is torn, then its process killed: the one before must serve. */
export const tearCheckpoint: Disturbance = async (target) => {
  const work = await workIn(target, await target.stack.computing());
  const kept = work.find(({ keptAtMs, claimedAtMs }) => keptAtMs > claimedAtMs);
  if (kept === undefined) return null;
  const { objects } = target.stack.stores;
  const blobs = await objects.list(`checkpoints/${kept.lineage}/blobs/`);
  const newest = blobs.toSorted((a, b) => b.modifiedAtMs - a.modifiedAtMs)[0];
  if (newest === undefined) return null;
  const path = join(target.stack.command.home, newest.key);
  // A file that its process has taken away since must not come back.
  const isTorn = await truncate(path, Math.floor(newest.bytes / 3)).then(
    () => true,
    () => false,
  );
  if (!isTorn) return null;
  return hit(target, 'torn checkpoint, SIGKILL', [kept], () => signal(kept.pid, 'SIGKILL'));
};

const HITS_A_POINT = 3;

/** Processes die at named places of the code, three times at each; all places wait at once. */
export async function dieAtPoints(target: Target, points: readonly string[]): Promise<Hit[]> {
  const left = new Map(points.map((point) => [point, HITS_A_POINT]));
  const hits: Hit[] = [];
  for (const point of points) await arm(target, point);
  while (!target.hasEnded() && left.size > 0) {
    for (const [point, count] of left) {
      if (await isArmed(target, point)) continue;
      hits.push({ what: `died at ${point}`, inWork: false, redoneMs: 0, recoveredMs: null });
      if (count === 1) left.delete(point);
      else {
        left.set(point, count - 1);
        await arm(target, point);
      }
    }
    await pause(LOOK_EVERY_MS);
  }
  return hits;
}

const arm = ({ stack }: Target, point: string) => writeFile(join(stack.failPoints, point), '');

const isArmed = ({ stack }: Target, point: string): Promise<boolean> =>
  access(join(stack.failPoints, point)).then(
    () => true,
    () => false,
  );

async function hit(
  target: Target,
  what: string,
  work: readonly WorkUnderWay[],
  strike: () => void | Promise<void>,
): Promise<Hit> {
  const atMs = Date.now();
  await strike();
  const taken = await Promise.all(work.map((each) => untilTakenUp(target, each)));
  const redoneMs = work.map(({ keptAtMs }, i) => {
    // Who is told to stop keeps its state then; who dies, never again.
    const keptLastMs = Math.max(keptAtMs, taken[i]?.keptBeforeMs ?? 0);
    return Math.max(0, atMs - keptLastMs);
  });
  const recoveredMs = taken.includes(null) ? null : Date.now() - atMs;
  return { what, inWork: work.length > 0, redoneMs: Math.max(0, ...redoneMs), recoveredMs };
}

/** What is there when the work was taken up again, or done; null when the run has ended first. */
async function untilTakenUp(
  target: Target,
  { lineage, claims }: WorkUnderWay,
): Promise<Partial<WorkUnderWay> | null> {
  while (!target.hasEnded()) {
    const all = await workUnderWay(target.stack.stores.objects, target.runId);
    const now = all.find((work) => work.lineage === lineage);
    // No longer under way: it was completed.
    if (now === undefined) return {};
    if (now.claims > claims) return now;
    await pause(LOOK_EVERY_MS);
  }
  return null;
}

async function workIn({ stack, runId }: Target, pids: readonly number[]): Promise<WorkUnderWay[]> {
  const work = await workUnderWay(stack.stores.objects, runId);
  return work.filter(({ pid }) => pids.includes(pid));
}

async function busyWorker(target: Target) {
  for (const name of ['worker-cpu', 'worker-cpu-2']) {
    const pid = await target.stack.pidOf(name);
    if (pid === null) continue;
    const work = await workIn(target, await childrenOf(pid, 'compute/main'));
    if (work.length > 0) return { pid, work };
  }
  return null;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It has ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
