import { z } from 'zod';
import { Deployment } from '../schemas/lifecycle-steps.ts';
import { StepRecord } from '../schemas/run.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import type { DocumentStore } from '../stores/document-store.ts';
import { stepDocument } from '../stores/run-documents.ts';

const RunId = z.string().regex(/^[\w-]{1,100}$/);
const Outputs = z.object({ deployment: Deployment });

/** The page that tells of a run; null where there is none. */
export async function readReport(
  { artifacts, documents }: { artifacts: ArtifactStore; documents: DocumentStore },
  runId: string,
): Promise<Uint8Array | null> {
  if (!RunId.safeParse(runId).success) return null;
  const record = StepRecord.safeParse(await documents.read(stepDocument(runId, 'deploy')));
  const outputs = Outputs.safeParse(record.data?.outputs);
  return outputs.success ? artifacts.read(outputs.data.deployment.reportHtml) : null;
}
