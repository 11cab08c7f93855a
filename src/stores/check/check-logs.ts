import { createHash } from 'node:crypto';
import { blobsOf } from '../checkpoint-log.ts';
import { blobsWithoutEntry } from '../collect-garbage.ts';
import type { ObjectStore } from '../object-store.ts';
import type { SurveyedLog } from '../survey-store.ts';
import type { Fault } from './fault.ts';

/** One log: its entries, its blobs, and that each is the other's. */
export async function checkLog(
  objects: ObjectStore,
  log: SurveyedLog,
  isUnderWay: boolean,
): Promise<Fault[]> {
  const faults: Fault[] = [];
  const add = (kind: Fault['kind'], where: string, what: string) =>
    void faults.push({ kind, where, what });
  const blobs = new Map(log.blobs.map(({ key }) => [key.split('/').at(-1), key]));
  for (const { info, entry } of log.entries) {
    if (entry === null) add('torn-entry', info.key, 'it does not parse, or its checksum differs');
    if (entry?.kind !== 'checkpoint') continue;
    for (const name of blobsOf(entry)) {
      const blob = blobs.get(name);
      if (blob === undefined) {
        add('entry-without-blob', info.key, `its blob ${name} is not there`);
      } else if (await isCorrupt(objects, blob, name)) {
        add('corrupt-checkpoint', blob, 'its bytes do not hash to its name');
      }
    }
  }
  const completions = log.entries.filter(({ entry }) => entry?.kind === 'completion');
  for (const { info } of completions.slice(1)) {
    add('two-completions', info.key, `${completions[0]?.info.key} has completed the work already`);
  }
  // An attempt that is at work writes the blob first.
  const mayFollow = isUnderWay && completions.length === 0;
  for (const { key } of mayFollow ? [] : blobsWithoutEntry(log)) {
    add('blob-without-entry', key, 'no entry names it');
  }
  return faults;
}

async function isCorrupt(objects: ObjectStore, key: string, expected: string): Promise<boolean> {
  const bytes = await objects.read(key);
  // An attempt at work removes its older checkpoints.
  return bytes !== null && createHash('sha256').update(bytes).digest('hex') !== expected;
}
