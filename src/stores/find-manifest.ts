import { InputError } from '../errors.ts';
import { RunManifest } from '../schemas/run.ts';
import type { DocumentStore } from './document-store.ts';
import { isRunDocument, runDocument } from './run-documents.ts';

/** A run's record by run id, or by workflow id: the newest run of it. Temporal may have forgotten both. */
export async function findManifest(
  documents: DocumentStore,
  reference: string,
  field: string,
): Promise<RunManifest> {
  const isRunId = /^[\w-]+$/.test(reference);
  const own = isRunId ? await documents.read(runDocument(reference)) : null;
  if (own !== null) return RunManifest.parse(own);
  const keys = (await documents.list('runs/')).filter(isRunDocument);
  const all = await Promise.all(keys.map((key) => documents.read(key)));
  const found = all
    .map((document) => RunManifest.parse(document))
    .filter(({ workflowId }) => workflowId === reference)
    .toSorted((a, b) => b.startedAt.localeCompare(a.startedAt))[0];
  if (found !== undefined) return found;
  throw new InputError({
    code: 'RunNotFound',
    field,
    value: reference,
    expected: 'the run id or workflow id of a run whose record is in the store',
    remedy: "See 'sevenfold list'.",
  });
}
