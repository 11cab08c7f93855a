import { ApplicationFailure, Context } from '@temporalio/activity';
import { FittedTransform } from '../ml/data/fitted-transform.ts';
import { scoreMetric } from '../ml/metrics/score.ts';
import { Model } from '../ml/model.ts';
import { renderReport } from '../ml/report/render-report.ts';
import { predictAll } from '../ml/training/predict-all.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import { Evaluation } from '../schemas/evaluation.ts';
import type { Job } from '../schemas/job.ts';
import type { EvaluationSummary, Optimisation, Preprocessed } from '../schemas/lifecycle-steps.ts';
import { modelName } from '../schemas/model-name.ts';
import { ModelPackage } from '../schemas/model-package.ts';
import type { PreparedData } from '../schemas/prepared-data.ts';
import { RunManifest } from '../schemas/run.ts';
import type { TrainingOutcome } from '../schemas/training.ts';
import type { ArtifactStore } from '../stores/artifact-store.ts';
import { putJson, readJson } from '../stores/json-artifact.ts';
import { runDocument } from '../stores/run-documents.ts';
import { softwareVersions } from '../versions.ts';
import type { Stores } from './index.ts';
import { openParts, readPrepared } from './prepared-rows.ts';
import { collectReport } from './run-report.ts';

const HEARTBEAT_INTERVAL_MS = 2_000;

/** Step 7, the part that reads the model: on a resource's task queue. */
export const createPackagingActivities = ({ artifacts, documents }: Stores) => ({
  /** Writes the immutable package, reloads it, and refuses it unless it scores the test rows as evaluated. */
  async packageModel(request: {
    runId: string;
    job: Job;
    data: Preprocessed;
    model: TrainingOutcome;
    evaluation: EvaluationSummary;
  }): Promise<ArtifactRef> {
    const { runId, job, data, model } = request;
    const prepared = await readPrepared(artifacts, data.prepared);
    const manifest = RunManifest.parse(await documents.read(runDocument(runId)));
    const transform = FittedTransform.parse(await readJson(artifacts, prepared.transform));
    const modelPackage = ModelPackage.parse({
      schemaVersion: 1,
      name: modelName(job),
      runId,
      createdAt: manifest.startedAt,
      problem: prepared.problem,
      candidate: model.candidate,
      layout: prepared.layout,
      targetScale: prepared.targetScale,
      inputs: transform.inputs,
      weights: model.weights,
      weightsHash: model.weightsHash,
      transform: prepared.transform,
      evaluation: Evaluation.parse(await readJson(artifacts, request.evaluation.artifact)),
      job,
      decisions: prepared.decisions,
      dataHash: prepared.dataHash,
      seed: job.seed,
      versions: { ...(await softwareVersions()), tensorflow: model.fingerprint.tensorflow },
      fingerprint: model.fingerprint,
      requestedBy: manifest.requestedBy,
    } satisfies ModelPackage);
    const ref = await putJson(artifacts, modelPackage);
    const context = Context.current();
    const heartbeats = setInterval(() => context.heartbeat(), HEARTBEAT_INTERVAL_MS);
    try {
      await verifyPackage(artifacts, ref, prepared);
    } finally {
      clearInterval(heartbeats);
    }
    return ref;
  },
});

/** Reads the package back, as a server will, and has it score the test rows again. */
async function verifyPackage(
  artifacts: ArtifactStore,
  ref: ArtifactRef,
  prepared: PreparedData,
): Promise<void> {
  const stored = ModelPackage.parse(await readJson(artifacts, ref));
  const { problem, evaluation, targetScale } = stored;
  const model = await Model.load(stored, (artifact) => artifacts.read(artifact));
  try {
    const rows = await openParts(artifacts, prepared, ['test']);
    const score = scoreMetric(problem.metric, {
      problem,
      truth: await rows.originalTargets(),
      outputs: await predictAll(model.predictor, rows, targetScale, problem.task),
    });
    // Where the metric is undefined on these rows there is nothing to compare.
    if (score === null || score === evaluation.score) return;
    throw ApplicationFailure.nonRetryable(
      `The packaged model scores ${problem.metric} ${score} on the test rows; it was evaluated at ${evaluation.score}.`,
      'PackageRefused',
    );
  } finally {
    model.dispose();
  }
}

/** Step 7, the part that publishes: on the main task queue. */
export const createRegistryActivities = (stores: Stores) => ({
  /** Registers a package as the next version of its model and moves the alias; once per run. */
  async registerModel(request: {
    package: ArtifactRef;
    alias: string;
  }): Promise<{ version: number; alias: string }> {
    const { artifacts, registry } = stores;
    const { name, runId, createdAt, evaluation } = ModelPackage.parse(
      await readJson(artifacts, request.package),
    );
    const { version } = await registry.register({
      model: name,
      package: request.package,
      runId,
      createdAt,
      metric: evaluation.metric,
      score: evaluation.score,
    });
    await registry.setAlias(name, request.alias, version);
    return { version, alias: request.alias };
  },

  /** Writes the run's report, for people and for programs. */
  async writeReport(request: {
    runId: string;
    data: Preprocessed;
    optimisation: Optimisation;
    package: ArtifactRef;
    version: number | null;
  }): Promise<{ report: ArtifactRef; reportJson: ArtifactRef }> {
    const { artifacts } = stores;
    const report = await collectReport(stores, request);
    const markdown = Buffer.from(renderReport(report));
    return {
      report: await artifacts.put(markdown, 'text/markdown'),
      reportJson: await putJson(artifacts, report),
    };
  },
});
