import { Trial } from '../schemas/study.ts';
import type { DocumentStore } from './document-store.ts';
import { trialDocuments } from './run-documents.ts';

/** The trials of the first of these runs that has any, by their numbers. */
export async function readTrials(
  documents: DocumentStore,
  runIds: readonly string[],
): Promise<Trial[]> {
  for (const runId of runIds) {
    const keys = await documents.list(trialDocuments(runId));
    if (keys.length === 0) continue;
    return Promise.all(keys.map(async (key) => Trial.parse(await documents.read(key))));
  }
  return [];
}
