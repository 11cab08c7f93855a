import { activityInfo } from '@temporalio/activity';
import { type RunEnd, RunManifest } from '../schemas/run.ts';
import type { DocumentStore } from '../stores/document-store.ts';
import { runDocument } from '../stores/run-documents.ts';
import { softwareVersions } from '../versions.ts';

/** What a run begins with. */
type RunHead = Pick<
  RunManifest,
  'requestedBy' | 'startedAt' | 'job' | 'inputs' | 'plan' | 'rerunOf'
>;

/** Writes the head of the record of the run whose activity this is. */
export async function openRecord(documents: DocumentStore, head: RunHead): Promise<void> {
  const { workflowExecution } = activityInfo();
  const manifest: RunManifest = {
    schemaVersion: 1,
    runId: workflowExecution?.runId ?? '',
    workflowId: workflowExecution?.workflowId ?? '',
    code: await softwareVersions(),
    end: null,
    extensions: [],
    ...head,
  };
  await documents.write(runDocument(manifest.runId), RunManifest.parse(manifest));
}

/** Notes in the record that the run has ended: from then on, what it alone needed may be collected. */
export async function endRecord(
  documents: DocumentStore,
  runId: string,
  end: RunEnd,
): Promise<void> {
  const manifest = RunManifest.parse(await documents.read(runDocument(runId)));
  await documents.write(runDocument(runId), RunManifest.parse({ ...manifest, end }));
}
