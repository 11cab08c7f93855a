import { blobsOf } from './checkpoint-log.ts';
import type { OpenStores } from './index.ts';
import { FRESH_MS } from './object-artifact-store.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';
import { collectReferences, type Unreadable } from './references.ts';
import {
  isUnderWay,
  manifestKey,
  partsOf,
  type Survey,
  type SurveyedLog,
  type SurveyedRun,
  surveyStore,
} from './survey-store.ts';

const HOUR_MS = 3_600_000;

export interface GarbageAges {
  /** Artifacts that nobody refers to, and logs of ended runs, are kept for so long. */
  readonly olderThanMs: number;
  /** A run without an end counts as abandoned when nothing of it was written for so long. */
  readonly abandonedAfterMs: number;
  /** Records of runs that ended so long ago go; null keeps them all. */
  readonly runsOlderThanMs: number | null;
}

export const USUAL_AGES: GarbageAges = {
  olderThanMs: 24 * HOUR_MS,
  abandonedAfterMs: 7 * 24 * HOUR_MS,
  runsOlderThanMs: null,
};

/** What nobody needs. */
export interface Garbage {
  /** Runs whose whole records go. */
  readonly runs: readonly string[];
  /** Names of the logs that go. */
  readonly logs: readonly string[];
  /** All of it, in the order in which it may be removed. */
  readonly objects: readonly ObjectInfo[];
  readonly bytes: number;
  /** Not empty: what these refer to is not known, so that no artifact goes. */
  readonly unreadable: readonly Unreadable[];
}

/**
 * Finds what nobody needs any more. Kept is whatever a document, a registered version or a log that
 * stays refers to, and, while a run is under way, all artifacts that may be its own: what was
 * written since the oldest such run began.
 */
export async function findGarbage(
  stores: Pick<OpenStores, 'objects' | 'artifacts' | 'registry'>,
  ages: GarbageAges = USUAL_AGES,
  nowMs = Date.now(),
): Promise<Garbage> {
  const survey = await surveyStore(stores.objects);
  const isAlive = (run: SurveyedRun) => isUnderWay(run, ages.abandonedAfterMs, nowMs);
  const done = survey.runs.filter((run) => !isAlive(run));
  const runs = await expiredRuns(stores, done, ages, nowMs);
  const logs = [
    ...runs,
    ...done.filter((run) => nowMs - run.lastSignMs >= ages.olderThanMs),
  ].flatMap((run) => run.logs);
  const records = runs.flatMap(recordsOf);
  const condemned = new Set([...logs.flatMap(partsOf), ...records].map(({ key }) => key));
  const { artifacts, unreadable } = await collectReferences(stores, survey, (key) =>
    condemned.has(key),
  );
  const starts = survey.runs.filter(isAlive).map((run) => run.startedAtMs - FRESH_MS);
  const cutoffMs = [nowMs - ages.olderThanMs, ...starts].reduce((a, b) => Math.min(a, b));
  const isUnneeded = ({ key, modifiedAtMs }: ObjectInfo) =>
    unreadable.length === 0 && !artifacts.has(key) && modifiedAtMs <= cutoffMs;
  const objects = [
    ...new Set([
      ...logs.flatMap(partsOf),
      ...leftBlobs(survey, Math.max(ages.olderThanMs, HOUR_MS), nowMs),
      ...records,
      ...survey.artifacts.filter(isUnneeded),
    ]),
  ];
  return {
    runs: runs.map(({ runId }) => runId),
    logs: [...new Set(logs.map(({ name }) => name))],
    objects,
    bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
    unreadable,
  };
}

/**
 * Removes what was found; gives what is gone. What was written again since is left: a put of the
 * same bytes makes an artifact somebody's.
 */
export async function removeGarbage(
  objects: ObjectStore,
  garbage: Pick<Garbage, 'objects'>,
): Promise<ObjectInfo[]> {
  const removed: ObjectInfo[] = [];
  for (const info of garbage.objects) {
    const found = await objects.describe(info.key);
    if (found === null || found.modifiedAtMs !== info.modifiedAtMs) continue;
    await objects.remove(info.key);
    removed.push(info);
  }
  return removed;
}

/** Runs that ended long ago, and that no model version came from. */
async function expiredRuns(
  { registry }: Pick<OpenStores, 'registry'>,
  done: readonly SurveyedRun[],
  { runsOlderThanMs }: GarbageAges,
  nowMs: number,
): Promise<SurveyedRun[]> {
  if (runsOlderThanMs === null) return [];
  const registered = new Set((await registry.list()).map(({ runId }) => runId));
  return done.filter(
    ({ runId, lastSignMs }) => !registered.has(runId) && nowMs - lastSignMs >= runsOlderThanMs,
  );
}

/** The manifest goes last: what a collection that was killed leaves is still known to have ended. */
function recordsOf({ runId, documents }: SurveyedRun): ObjectInfo[] {
  const isHead = ({ key }: ObjectInfo) => key === manifestKey(runId);
  return [...documents.filter((each) => !isHead(each)), ...documents.filter(isHead)];
}

/** Blobs of attempts that died before the entry was there, or of stale ones that came too late. */
function leftBlobs({ runs }: Survey, olderThanMs: number, nowMs: number): ObjectInfo[] {
  return runs
    .flatMap(({ logs }) => logs)
    .flatMap((log) => {
      const isDone = log.entries.some(({ entry }) => entry?.kind === 'completion');
      return blobsWithoutEntry(log).filter(
        ({ modifiedAtMs }) => isDone || nowMs - modifiedAtMs >= olderThanMs,
      );
    });
}

/** None where an entry can't be read: it may name any of them. */
export function blobsWithoutEntry({ entries, blobs }: SurveyedLog): ObjectInfo[] {
  if (entries.some(({ entry }) => entry === null)) return [];
  const named = new Set(
    entries.flatMap(({ entry }) => (entry?.kind === 'checkpoint' ? blobsOf(entry) : [])),
  );
  return blobs.filter(({ key }) => !named.has(key.split('/').at(-1) ?? ''));
}
