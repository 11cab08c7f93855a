import type { LogEntry } from '../schemas/checkpoint.ts';
import { RunManifest } from '../schemas/run.ts';
import { unseal } from './checkpoint-log.ts';
import { inBatches } from './in-batches.ts';
import { documentObject } from './object-document-store.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';
import { runDocument } from './run-documents.ts';

/** The log of one piece of work as it lies in the store. */
export interface SurveyedLog {
  readonly name: string;
  readonly runId: string;
  /** In order; null where an entry can't be read. */
  readonly entries: readonly { readonly info: ObjectInfo; readonly entry: LogEntry | null }[];
  readonly blobs: readonly ObjectInfo[];
}

/** All that a store holds of one run. */
export interface SurveyedRun {
  readonly runId: string;
  /** Null where there is none that can be read. */
  readonly manifest: RunManifest | null;
  readonly documents: readonly ObjectInfo[];
  readonly logs: readonly SurveyedLog[];
  readonly startedAtMs: number;
  /** When something of it was last written. */
  readonly lastSignMs: number;
}

export interface Survey {
  readonly runs: readonly SurveyedRun[];
  readonly artifacts: readonly ObjectInfo[];
  readonly documents: readonly ObjectInfo[];
  /** Objects among the others whose names nothing in Sevenfold gives. */
  readonly strays: readonly ObjectInfo[];
}

const ARTIFACT = /^objects\/([0-9a-f]{2})\/\1[0-9a-f]{62}$/;
const DOCUMENT = /^documents\/.+\.json$/;
const RUN_DOCUMENT = /^documents\/runs\/([^/]+)\/.+\.json$/;
const LOG_PART = /^checkpoints\/(([^/]+)\/[^/]+)\/(?:log\/\d{8}|blobs\/[0-9a-f]{64})$/;

/** Looks at all that a store holds, and whose it is. */
export async function surveyStore(objects: ObjectStore): Promise<Survey> {
  // Artifacts first: what is put while the rest is read can't be taken for one that nobody refers to.
  const artifacts = await objects.list('objects/');
  const documents = await objects.list('documents/');
  const parts = await objects.list('checkpoints/');
  const byRun = groupBy(documents, ({ key }) => RUN_DOCUMENT.exec(key)?.[1]);
  const byLog = groupBy(parts, ({ key }) => LOG_PART.exec(key)?.[1]);
  const logs = await inBatches([...byLog], ([name, parts]) => readLog(objects, name, parts));
  const logsByRun = groupBy(logs, ({ runId }) => runId);
  const ids = [...new Set([...byRun.keys(), ...logsByRun.keys()])].sort();
  return {
    runs: await inBatches(ids, (runId) =>
      outlineRun(objects, runId, byRun.get(runId) ?? [], logsByRun.get(runId) ?? []),
    ),
    artifacts: artifacts.filter(({ key }) => ARTIFACT.test(key)),
    documents: documents.filter(({ key }) => DOCUMENT.test(key)),
    strays: [
      ...artifacts.filter(({ key }) => !ARTIFACT.test(key)),
      ...documents.filter(({ key }) => !DOCUMENT.test(key)),
      ...parts.filter(({ key }) => !LOG_PART.test(key)),
    ],
  };
}

async function readLog(
  objects: ObjectStore,
  name: string,
  parts: readonly ObjectInfo[],
): Promise<SurveyedLog> {
  const isBlob = ({ key }: ObjectInfo) => key.split('/').at(-2) === 'blobs';
  const entries = await inBatches(
    parts.filter((part) => !isBlob(part)),
    async (info) => ({ info, bytes: await objects.read(info.key) }),
  );
  return {
    name,
    runId: name.split('/')[0] as string,
    entries: entries
      // One that was trimmed meanwhile is no entry any more.
      .filter(({ bytes }) => bytes !== null)
      .map(({ info, bytes }) => ({ info, entry: unseal(bytes) })),
    blobs: parts.filter(isBlob),
  };
}

async function outlineRun(
  objects: ObjectStore,
  runId: string,
  documents: readonly ObjectInfo[],
  logs: readonly SurveyedLog[],
): Promise<SurveyedRun> {
  const manifest = await readManifest(objects, runId);
  const times = [...documents, ...logs.flatMap(partsOf)].map(({ modifiedAtMs }) => modifiedAtMs);
  const startedAtMs = manifest === null ? [] : [Date.parse(manifest.startedAt)];
  return {
    runId,
    manifest,
    documents,
    logs,
    startedAtMs: [...times, ...startedAtMs].reduce((a, b) => Math.min(a, b)),
    lastSignMs: times.reduce((a, b) => Math.max(a, b)),
  };
}

async function readManifest(objects: ObjectStore, runId: string): Promise<RunManifest | null> {
  const bytes = await objects.read(manifestKey(runId));
  try {
    return RunManifest.parse(JSON.parse(Buffer.from(bytes ?? []).toString('utf8')));
  } catch {
    return null;
  }
}

/** Whether a run may still go on: it has not ended, and was not silent for too long. */
export const isUnderWay = (
  { manifest, lastSignMs }: SurveyedRun,
  abandonedAfterMs: number,
  nowMs = Date.now(),
): boolean => !manifest?.end && nowMs - lastSignMs < abandonedAfterMs;

export const manifestKey = (runId: string): string => documentObject(runDocument(runId));

/** Everything that lies in the store of a log. */
export const partsOf = ({ entries, blobs }: SurveyedLog): ObjectInfo[] => [
  ...entries.map(({ info }) => info),
  ...blobs,
];

/** Those without a group are left out. */
function groupBy<Item>(
  items: readonly Item[],
  groupOf: (item: Item) => string | undefined,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groupOf(item);
    if (group === undefined) continue;
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [item]);
    else members.push(item);
  }
  return groups;
}
