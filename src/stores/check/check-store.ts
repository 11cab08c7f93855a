import { relative } from 'node:path';
import { USUAL_AGES } from '../collect-garbage.ts';
import type { OpenStores } from '../index.ts';
import { collectReferences } from '../references.ts';
import { isUnderWay, surveyStore } from '../survey-store.ts';
import { findAbandonedFiles } from '../temporary-files.ts';
import { checkArtifacts } from './check-artifacts.ts';
import { checkLog } from './check-logs.ts';
import { checkRegistry } from './check-registry.ts';
import { checkRun } from './check-run.ts';
import type { Fault } from './fault.ts';

/** Names everything in a store that should not be so; changes nothing. */
export async function checkStore(
  home: string,
  stores: Pick<OpenStores, 'objects' | 'artifacts' | 'registry'>,
): Promise<Fault[]> {
  const { objects } = stores;
  const survey = await surveyStore(objects);
  const faults = await checkRegistry(stores);
  const isRegistryWhole = faults.every(({ kind }) => kind !== 'unreadable-registry');
  const underWay = survey.runs.filter((run) => isUnderWay(run, USUAL_AGES.abandonedAfterMs));
  for (const run of survey.runs) {
    faults.push(...(await checkRun(objects, run)));
    for (const log of run.logs) {
      faults.push(...(await checkLog(objects, log, underWay.includes(run))));
    }
  }
  if (isRegistryWhole) {
    const references = await collectReferences(stores, survey);
    const named = new Set(faults.map(({ where }) => where));
    for (const { key, reason } of references.unreadable) {
      // Artifacts are checked by themselves.
      if (key.startsWith('objects/') || named.has(key)) continue;
      faults.push({ kind: 'unreadable-record', where: key, what: reason });
    }
    faults.push(...(await checkArtifacts(objects, survey.artifacts, references, underWay)));
  }
  for (const { key } of survey.strays) {
    faults.push({ kind: 'stray-object', where: key, what: 'nothing in Sevenfold names it so' });
  }
  for (const path of await findAbandonedFiles(home)) {
    const what = 'the process that was writing it is gone';
    faults.push({ kind: 'temporary-file', where: relative(home, path), what });
  }
  return faults;
}
