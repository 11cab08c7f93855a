import { ApplicationFailure, activityInfo } from '@temporalio/activity';
import { FittedTransform } from '../ml/data/fitted-transform.ts';
import { Model } from '../ml/model.ts';
import { renderReport } from '../ml/report/render-report.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import { Evaluation } from '../schemas/evaluation.ts';
import type { Job } from '../schemas/job.ts';
import type { EvaluationSummary, Preprocessed } from '../schemas/lifecycle-steps.ts';
import { ModelPackage } from '../schemas/model-package.ts';
import { RunManifest } from '../schemas/run.ts';
import type { TrainingOutcome } from '../schemas/training.ts';
import { putJson, readJson } from '../stores/json-artifact.ts';
import { runDocument } from '../stores/run-documents.ts';
import { softwareVersions } from '../versions.ts';
import type { Stores } from './index.ts';
import { openParts, readPrepared } from './prepared-rows.ts';
import { collectReport } from './run-report.ts';

/** Rows that a reloaded package has to predict as its model did. */
const SELF_TEST_ROWS = 256;

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
      name: job.name,
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
    return ref;
  },
});

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
});
