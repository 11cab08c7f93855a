import { z } from 'zod';
import type { LifecycleInputs } from '../pipelines/lifecycle-values.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import { DataReport } from '../schemas/data-report.ts';
import { Evaluation } from '../schemas/evaluation.ts';
import { Insights } from '../schemas/insights.ts';
import { ModelPackage } from '../schemas/model-package.ts';
import { RunReport, type StepSummary, type TrialSummary } from '../schemas/report.ts';
import { RunManifest, StepRecord } from '../schemas/run.ts';
import type { Trial } from '../schemas/study.ts';
import { EpochRecord, type TrainingOutcome } from '../schemas/training.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import type { DocumentStore } from '../stores/document-store.ts';
import { readJson } from '../stores/json-artifact.ts';
import { readTrials } from '../stores/read-trials.ts';
import { runDocument, stepDocument } from '../stores/run-documents.ts';
import type { Stores } from './index.ts';

/** What a report is made of. */
export interface ReportRequest extends Omit<LifecycleInputs['deploy'], 'job'> {
  readonly runId: string;
  readonly package: ArtifactRef;
  readonly version: number | null;
  readonly insights: ArtifactRef;
}

/** Gathers what a run that is about to end has come to. */
export async function collectReport(
  { artifacts, documents }: Pick<Stores, 'artifacts' | 'documents'>,
  request: ReportRequest,
): Promise<RunReport> {
  const { runId, data, selection, tuning, model, evaluation, optimisation } = request;
  const manifest = RunManifest.parse(await documents.read(runDocument(runId)));
  const modelPackage = ModelPackage.parse(await readJson(artifacts, request.package));
  // A rerun has copies of its own, which outlive the run that it repeats.
  const trials = (await readTrials(documents, [runId, tuning.runId])).map(summarise);
  const { final, rounds, stopped, ensemble, calibration, decision, refit } = optimisation;
  const { ranking, leftOut, reference } = selection;
  const isRanked = ranking.some(({ estimator }) => estimator === reference.candidate.estimator);
  // It stands as it was tried; a training that repeats one to the same bits is not told of.
  const isTried = model.weightsHash === tuning.best.weightsHash;
  const trainings = [
    ...ranking,
    ...(isRanked ? [] : [reference]),
    ...trials,
    ...(isTried ? [] : [model]),
    ...rounds,
    ...(refit.done ? [final] : []),
  ];
  return RunReport.parse({
    schemaVersion: 1,
    runId,
    workflowId: manifest.workflowId,
    requestedBy: manifest.requestedBy,
    startedAt: manifest.startedAt,
    rerunOf: manifest.rerunOf,
    steps: {
      plan: manifest.plan,
      done: await Promise.all(manifest.plan.steps.map(({ id }) => readStep(documents, runId, id))),
    },
    model: modelPackage.name,
    version: request.version,
    job: modelPackage.job,
    problem: modelPackage.problem,
    decisions: modelPackage.decisions,
    data: DataReport.parse(await readJson(artifacts, data.report)),
    selection: { ranking, leftOut, reason: selection.reason },
    trials,
    bestTrial: tuning.bestTrial,
    optimisation: { rounds, stopped, ensemble, calibration, decision, refit },
    final: {
      candidate: final.candidate,
      status: final.status,
      epochs: final.epochs,
      bestEpoch: final.bestEpoch,
    },
    validation: Evaluation.parse(await readJson(artifacts, evaluation.validation.artifact)),
    test: modelPackage.evaluation,
    learning: [
      { name: 'training', epochs: await readCurve(artifacts, model) },
      ...(refit.done ? [{ name: 'refit', epochs: await readCurve(artifacts, final) }] : []),
    ],
    insights: Insights.parse(await readJson(artifacts, request.insights)),
    trainingSeconds: trainings.reduce((sum, { seconds }) => sum + seconds, 0),
    exports: modelPackage.exports.map(({ format, files, verification }) => ({
      format,
      bytes: files.reduce((sum, { artifact }) => sum + artifact.bytes, 0),
      ...verification,
    })),
    hashes: {
      data: modelPackage.dataHash,
      transform: modelPackage.transform.sha256,
      weights: modelPackage.weightsHash,
      package: request.package.sha256,
    },
    versions: modelPackage.versions,
    fingerprint: modelPackage.fingerprint,
  } satisfies RunReport);
}

const readCurve = async (artifacts: ArtifactStore, { curve }: TrainingOutcome) =>
  z.array(EpochRecord).parse(await readJson(artifacts, curve));

const summarise = ({ number, candidate, outcome, failure }: Trial): TrialSummary => ({
  number,
  candidate,
  score: outcome?.validationScore ?? null,
  status: outcome?.status ?? failure ?? 'failed',
  epochs: outcome?.epochs ?? 0,
  seconds: outcome?.seconds ?? 0,
});

/** What became of a step; the one that writes the report is under way. */
async function readStep(documents: DocumentStore, runId: string, id: string): Promise<StepSummary> {
  const found = await documents.read(stepDocument(runId, id));
  if (found === null) return { id, status: 'running', seconds: null, reusedFrom: null };
  const { status, startedAt, finishedAt, reusedFrom } = StepRecord.parse(found);
  const seconds =
    finishedAt === null ? null : (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  return { id, status, seconds, reusedFrom };
}
