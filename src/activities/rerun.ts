import { InputError } from '../errors.ts';
import type { Pipeline } from '../schemas/pipeline.ts';
import { type RerunOf, StepRecord } from '../schemas/run.ts';
import { CorruptArtifact } from '../stores/object-artifact-store.ts';
import { stepDocument, trialDocuments } from '../stores/run-documents.ts';
import { verifyArtifacts } from '../stores/verify-artifacts.ts';
import type { Stores } from './index.ts';
import { stepsBefore } from './open-rerun.ts';

/** What a rerun takes over from the run that it repeats. */
export const createRerunActivities = ({
  artifacts,
  documents,
}: Pick<Stores, 'artifacts' | 'documents'>) => ({
  /**
   * Verifies every artifact that the steps before the first new one have left, takes their records
   * over into this run's, and gives their outputs.
   */
  async reuseSteps({
    runId,
    rerunOf,
    plan,
  }: {
    runId: string;
    rerunOf: RerunOf;
    plan: Pipeline;
  }): Promise<Record<string, Record<string, unknown>>> {
    const outputs: Record<string, Record<string, unknown>> = {};
    const verified = new Set<string>();
    for (const { id } of stepsBefore(plan, rerunOf.from)) {
      const record = StepRecord.parse(await documents.read(stepDocument(rerunOf.runId, id)));
      try {
        await verifyArtifacts(artifacts, record.outputs, verified);
      } catch (error) {
        throw error instanceof CorruptArtifact ? damaged(rerunOf.from, id, error) : error;
      }
      if (record.uses === 'tune') await copyTrials(rerunOf.runId, runId);
      const reusedFrom = record.reusedFrom ?? rerunOf.runId;
      await documents.write(stepDocument(runId, id), { ...record, reusedFrom });
      outputs[id] = record.outputs;
    }
    return outputs;

    async function copyTrials(from: string, to: string): Promise<void> {
      for (const key of await documents.list(trialDocuments(from))) {
        const name = key.slice(trialDocuments(from).length);
        await documents.write(`${trialDocuments(to)}${name}`, await documents.read(key));
      }
    }
  },
});

const damaged = (from: string, step: string, cause: CorruptArtifact): InputError =>
  new InputError(
    {
      code: 'ArtifactDamaged',
      field: 'rerun.from',
      value: from,
      expected: `all artifacts of the step '${step}', unchanged`,
      remedy: `${cause.message} Rerun from '${step}'.`,
    },
    { cause },
  );
