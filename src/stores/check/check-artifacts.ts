import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { FRESH_MS } from '../object-artifact-store.ts';
import type { ObjectInfo, ObjectStore } from '../object-store.ts';
import type { References } from '../references.ts';
import type { SurveyedRun } from '../survey-store.ts';
import type { Fault } from './fault.ts';

/** What is larger is not read into memory. */
const LARGE_BYTES = 64 * 2 ** 20;

/** Artifacts against their names, and against what refers to them. */
export async function checkArtifacts(
  objects: ObjectStore,
  artifacts: readonly ObjectInfo[],
  { artifacts: referenced, unreadable }: References,
  underWay: readonly SurveyedRun[],
): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const info of artifacts) {
    const hash = await hashOf(objects, info);
    if (hash !== null && hash !== nameOf(info.key)) {
      faults.push(fault('corrupt-artifact', info.key, `its bytes hash to ${hash}`));
    }
    // What a run has written but not recorded yet is no garbage, nor what a torn document may name.
    const mayBeNeeded =
      unreadable.length > 0 ||
      underWay.some(({ startedAtMs }) => info.modifiedAtMs >= startedAtMs - FRESH_MS);
    if (!referenced.has(info.key) && !mayBeNeeded) {
      faults.push(fault('unreferenced-artifact', info.key, 'nothing refers to it'));
    }
  }
  const present = new Set(artifacts.map(({ key }) => key));
  for (const [uri, { from }] of referenced) {
    // It may have come since the artifacts were listed.
    if (present.has(uri) || (await objects.describe(uri)) !== null) continue;
    faults.push(fault('missing-artifact', uri, `${from} refers to it, and it is not there`));
  }
  return faults;
}

/** Null where it has been removed meanwhile. */
async function hashOf(objects: ObjectStore, { key, bytes }: ObjectInfo): Promise<string | null> {
  const hash = createHash('sha256');
  if (bytes > LARGE_BYTES) {
    await pipeline(createReadStream(await objects.localPath(key)), hash);
    return hash.digest('hex');
  }
  const content = await objects.read(key);
  return content && hash.update(content).digest('hex');
}

const fault = (kind: Fault['kind'], where: string, what: string): Fault => ({ kind, where, what });

const nameOf = (key: string): string => key.split('/').at(-1) ?? '';
